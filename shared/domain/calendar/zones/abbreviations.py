"""Names of time zones that name no place, and the places that are usually meant.

None of them is accepted.

An abbreviation stands for several places, and most of them change their clocks while the
abbreviation does not.
"""

#: by the name in upper case, what to write instead
PLACES_MEANT = {
    "ACDT": "Australia/Adelaide",
    "ACST": "Australia/Darwin or Australia/Adelaide",
    "AEDT": "Australia/Sydney",
    "AEST": "Australia/Brisbane or Australia/Sydney",
    "AKDT": "America/Anchorage",
    "AKST": "America/Anchorage",
    "AOE": "Etc/GMT+12",
    "AST": "America/Halifax or America/Puerto_Rico",
    "AWST": "Australia/Perth",
    "BRT": "America/Sao_Paulo",
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "CST": "America/Chicago or Asia/Shanghai",
    "CST6CDT": "America/Chicago",
    "CT": "America/Chicago",
    "EDT": "America/New_York",
    "EEST": "Europe/Athens",
    "EET": "Europe/Athens",
    "EST": "America/New_York, or America/Panama where clocks do not change",
    "EST5EDT": "America/New_York",
    "ET": "America/New_York",
    "GMT": "UTC, or Europe/London for the clocks of the United Kingdom",
    "GMT0": "UTC",
    "GREENWICH": "UTC, or Europe/London for the clocks of the United Kingdom",
    "GST": "Asia/Dubai",
    "HKT": "Asia/Hong_Kong",
    "HST": "Pacific/Honolulu",
    "IDT": "Asia/Jerusalem",
    "IST": "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "MDT": "America/Denver",
    "MEST": "Europe/Berlin",
    "MESZ": "Europe/Berlin",
    "MET": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "MSK": "Europe/Moscow",
    "MST": "America/Phoenix, or America/Denver where clocks change",
    "MST7MDT": "America/Denver",
    "MT": "America/Denver",
    "NZDT": "Pacific/Auckland",
    "NZST": "Pacific/Auckland",
    "PDT": "America/Los_Angeles",
    "PKT": "Asia/Karachi",
    "PST": "America/Los_Angeles",
    "PST8PDT": "America/Los_Angeles",
    "PT": "America/Los_Angeles",
    "SAST": "Africa/Johannesburg",
    "SGT": "Asia/Singapore",
    "UCT": "UTC",
    "UNIVERSAL": "UTC",
    "WEST": "Europe/Lisbon",
    "WET": "Europe/Lisbon",
    "WIB": "Asia/Jakarta",
    "Z": "UTC",
    "ZULU": "UTC",
}

#: names for "wherever the machine stands", which means another zone on another machine
OF_THE_HOST = frozenset({"LOCALTIME", "LOCAL", "SYSTEM", "DEFAULT", "FACTORY", "POSIXRULES"})

#: names of Windows that CLDR gives no place, and what to write instead
WITHOUT_A_PLACE = {
    "COORDINATED UNIVERSAL TIME": "UTC",
    "KAMCHATKA STANDARD TIME": "Asia/Kamchatka",
    "MID-ATLANTIC STANDARD TIME": "Atlantic/South_Georgia",
}
