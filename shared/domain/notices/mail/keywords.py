"""The words that mark Azure's planned maintenance of virtual machines, in the portal's languages.

No official text of these mails is public, UNCONFIRMED(maintenance-mail-words), so parts of words
are looked for, not sentences. All lower-cased. A word too many costs a scan, which changes nothing;
a word too few costs a wait for the next timed scan.
"""

import re

AZURE = ("azure",)

MAINTENANCE = (
    "maintenance",  # English, French
    "maintain",
    "service healing",
    "wartung",  # German
    "mantenimiento",  # Spanish
    "manutenzione",  # Italian
    "manutenção",  # Portuguese
    "onderhoud",  # Dutch
    "konserwac",  # Polish
    "údržb",  # Czech
    "karbantart",  # Hungarian
    "underhåll",  # Swedish
    "vedligehold",  # Danish
    "vedlikehold",  # Norwegian
    "huolto",  # Finnish, and its genitive
    "huollo",
    "bakım",  # noqa: RUF001 - Turkish
    "bakim",  # as Python lowers BAKIM
    "обслуживан",  # Russian
    "メンテナンス",
    "保守",
    "维护",
    "维修",
    "維護",
    "維修",
    "유지 관리",
    "유지관리",
    "유지보수",
    "유지 보수",
    "점검",
    "pemeliharaan",  # Indonesian
    "bảo trì",  # Vietnamese
)

MACHINES = (
    "virtual machine",
    "virtualmachine",  # the type of Azure Resource Manager
    "virtual-machine",
    "scale set",
    "virtuelle computer",  # German
    "virtuellen computer",
    "virtuelle maschine",
    "virtuellen maschine",
    "virtueller computer",
    "virtueller maschine",
    "machine virtuelle",  # French
    "machines virtuelles",
    "máquina virtual",  # Spanish, Portuguese
    "máquinas virtua",
    "macchina virtuale",  # Italian
    "macchine virtuali",
    "virtuele machine",  # Dutch
    "maszyn",  # Polish
    "virtuální počítač",  # Czech
    "virtuálních počítač",
    "virtuálního počítač",
    "virtuálním počítač",
    "virtuálními počítač",
    "virtuális gép",  # Hungarian
    "virtuálisgép",
    "virtuell dator",  # Swedish
    "virtuella dator",
    "virtuella maskin",
    "virtuelle maskin",  # Danish, Norwegian
    "virtuel maskin",
    "virtuell maskin",
    "virtuaalikone",  # Finnish
    "sanal makine",  # Turkish
    "виртуальн",  # Russian
    "仮想マシン",
    "虚拟机",
    "虛擬機",
    "가상 머신",
    "가상 컴퓨터",
    "mesin virtual",  # Indonesian
    "máy ảo",  # Vietnamese
)

#: `VM`, `VMs` and `VMSS`; a word ends at anything that is no letter, as in `Vm's` and `(VM)`
MACHINE_WORD = re.compile(r"(?<![^\W\d_])vms{0,3}(?![^\W\d_])")

#: the text before a subscription id
SUBSCRIPTION = (
    "subscription",
    "abonnement",  # German, French, Dutch, Danish, Norwegian
    "suscripci",  # Spanish
    "sottoscrizion",  # Italian
    "abbonamento",
    "assinatura",  # Portuguese
    "subscriç",
    "subskrypcj",  # Polish
    "předplatn",  # Czech
    "előfizetés",  # Hungarian
    "prenumeration",  # Swedish
    "tilaus",  # Finnish
    "tilauks",
    "abonelik",  # Turkish
    "aboneliğ",
    "подписк",  # Russian
    "サブスクリプション",
    "订阅",
    "訂閱",
    "訂用帳戶",
    "구독",
    "langganan",  # Indonesian
    "đăng ký",  # Vietnamese
)

#: the text before an id that is no subscription's
OTHER_IDS = (
    "tenant",
    "mandant",
    "directory",
    "correlation",
    "tracking",
    "operation",
    "client",
    "object",
)
