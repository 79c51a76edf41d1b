"""The names of months in the portal's languages, and their short forms.

A word counts only as a whole: `marraskuuta` is November, though it begins as March does.
"""

#: the number of a month, then names of it: nominative, genitive, short forms
_NAMES = """
1 january januar januari janvier enero gennaio janeiro styczeń stycznia leden ledna január
1 tammikuu tammikuuta ocak январь января jan janv ene gen sty led янв
2 february februar februari février febrero febbraio fevereiro luty lutego únor února február
2 helmikuu helmikuuta şubat февраль февраля feb févr fév fev lut úno фев
3 march märz maart mars marzo março marzec marca březen března marts március maaliskuu
3 maaliskuuta mart maret март марта mar mär mrt bře már мар
4 april avril abril aprile kwiecień kwietnia duben dubna április huhtikuu huhtikuuta nisan
4 апрель апреля apr avr abr kwi dub ápr апр
5 may mai mei mayo maggio maio maj maja květen května május toukokuu toukokuuta mayıs май мая
5 mag kvě máj
6 june juni juin junio giugno junho czerwiec czerwca červen června június kesäkuu kesäkuuta
6 haziran июнь июня jun giu cze jún июн
7 july juli juillet julio luglio julho lipiec lipca červenec července július heinäkuu heinäkuuta
7 temmuz июль июля jul juil lug lip júl июл
8 august augustus augusti août agosto sierpień sierpnia srpen srpna augusztus elokuu elokuuta
8 ağustos agustus август августа aug aoû aou ago sie srp авг
9 september septembre septiembre settembre setembro wrzesień września září szeptember syyskuu
9 syyskuuta eylül сентябрь сентября sep sept set wrz zář szept сен сент
10 october oktober octobre octubre ottobre outubro październik października říjen října október
10 lokakuu lokakuuta ekim октябрь октября oct okt ott out paź říj окт
11 november novembre noviembre novembro listopad listopada listopadu marraskuu marraskuuta kasım
11 ноябрь ноября nov lis ноя нояб
12 december dezember décembre diciembre dicembre dezembro grudzień grudnia prosinec prosince
12 joulukuu joulukuuta aralık desember декабрь декабря dec dez déc dic gru pro des дек
"""  # noqa: RUF001 - Turkish and Russian
MONTHS = {
    name: int(number)
    for number, *names in map(str.split, _NAMES.strip().splitlines())
    for name in names
}


def month_of(word: str) -> int:
    """The number of the month that a word names, with or without a point; 0 for any other word."""
    return MONTHS.get(word.lower().rstrip("."), 0)
