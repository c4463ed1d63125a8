"""Reading what stands beside a title: venue and year, a date, an organisation, a person's affiliation."""

import re
from dataclasses import dataclass
from functools import lru_cache

_NAMES = [
    "SOSP",
    "OSDI",
    "NSDI",
    "EuroSys",
    "ASPLOS",
    "MLSys",
    "ATC",
    "SIGCOMM",
    "PPoPP",
    "ICS",
    "SC",
    "HPCA",
    "ISCA",
    "MICRO",
    "VLDB",
    "PVLDB",
    "SIGMOD",
    "ICDE",
    "NeurIPS",
    "NIPS",
    "ICML",
    "ICLR",
    "ACL",
    "EMNLP",
    "NAACL",
    "EACL",
    "COLM",
    "COLING",
    "AAAI",
    "IJCAI",
    "CVPR",
    "ICCV",
    "ECCV",
    "KDD",
    "WWW",
    "SoCC",
    "Middleware",
    "FAST",
    "HotOS",
    "HotNets",
    "HotStorage",
    "HotCloud",
    "HotInfra",
    "HotChips",
    "HotCarbon",
    "HotMobile",
    "CoNEXT",
    "INFOCOM",
    "MobiCom",
    "MobiSys",
    "SenSys",
    "IPDPS",
    "ICPP",
    "CLUSTER",
    "Euro-Par",
    "TPDS",
    "TACO",
    "TOCS",
    "TMLR",
    "JMLR",
    "PMLR",
    "TACL",
    "CACM",
    "CSUR",
    "DAC",
    "ICCAD",
    "DATE",
    "ASP-DAC",
    "CGO",
    "PACT",
    "PLDI",
    "POPL",
    "OOPSLA",
    "ICSE",
    "FSE",
    "ASE",
    "ISSTA",
    "CIDR",
    "CCS",
    "NDSS",
    "RecSys",
    "CIKM",
    "SIGIR",
    "WSDM",
    "TKDE",
    "TMC",
    "TON",
    "arXiv",
    "Interspeech",
    "ICASSP",
    "NAIC",
    "ISSCC",
    "EuroMLSys",
    "APSys",
    "TinyML",
    "SysML",
    "OpML",
    "ISPASS",
    "IISWC",
    "FCCM",
    "FPGA",
    "FPL",
    "SPAA",
    "PODC",
    "SIGMETRICS",
    "IMC",
    "e-Energy",
    "RTSS",
    "RTAS",
    "ICDCS",
    "HPDC",
    "CCGrid",
    "HiPC",
    "BigData",
    "CoRL",
    "ICRA",
    "VEE",
    "SYSTOR",
    "MASCOTS",
    "ACM-MM",
    "MMSys",
    "ICCD",
    "ISLPED",
    "APNet",
    "PEARC",
    "ICLR-W",
    "CLOUD",
    "ISMM",
    "CAL",
    "LCTES",
    "EMSOFT",
]
_LONG_NAMES = {
    "usenix atc": "ATC", "usenix security": "USENIX Security", "acm csur": "CSUR", "acm mm": "ACM MM",
    "euro-sys": "EuroSys", "acm computing surveys": "CSUR", "ieee micro": "IEEE Micro",
    "transactions on machine learning research": "TMLR", "asp-dac": "ASP-DAC", "nature": "Nature", "science": "Science",
}  # fmt: skip
_EXACT = frozenset({"SC", "ICS", "FAST", "ACL", "DATE", "MICRO", "CAL", "CF", "CLOUD", "CLUSTER", "ASE", "TON", "PACT"})
_CANON = {name.lower(): name for name in _NAMES} | _LONG_NAMES
_ANY = "|".join(sorted((re.escape(name) for name in _CANON), key=len, reverse=True))
_VENUE = re.compile(rf"(?<![A-Za-z/@.-])(?:{_ANY})(?![A-Za-z])(?!-[A-Za-z])", re.I)
_AFTER_YEAR = re.compile(r"^[\s,_-]*(?:on\s+)?['’‘`´]?\s*((?:19|20)\d\d|\d\d)(?!\d|[\w-]*[A-Za-z])")
_LATER_YEAR = re.compile(r"^[\s,]*(?:vol\.?\s*)?\d{1,3}(?:\s*(?:no\.?|\()\s*\d{1,3}\)?)?[\s,:]+((?:19|20)\d\d)\b")
_WORKSHOP = re.compile(r"^\s+(?:[\w-]+\s+){0,3}?(?:Workshop|研讨会)\b", re.I)
_BEFORE_YEAR = re.compile(r"((?:19|20)\d\d|(?<!\d)\d\d)[\s,]*(?:on\s+)?$")
_UNKNOWN = re.compile(r"^([A-Z][A-Za-z&-]{1,14}(?: [A-Z][A-Za-z&-]{1,14})?)\s?['’‘`´]\s?(\d\d)$")
_ALONE = re.compile(rf"(?:{_ANY})(?:[\s,_-]*['’‘`´]?\s?(?:(?:19|20)\d\d|\d\d))", re.I)
_TAGGED = re.compile(r"([A-Z]{2,}[A-Za-z&-]{0,12})[\s-]((?:19|20)\d\d)")
_PRAISE = re.compile(
    r"[(（]?\b(?:best paper(?: award)?|distinguished paper|outstanding paper|"
    r"oral|spotlight|poster|highlight|award)\b[)）]?"
    r"|[(（]?(?:最佳论文|亮点论文)[)）]?",
    re.I,
)
_MONTHS = {name: n for n, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_MONTH_YEAR = re.compile(r"^([A-Za-z]{3,9})\.?\s*(?:(\d{1,2})(?:st|nd|rd|th)?\s*,\s*|,\s*)?((?:19|20)\d\d)$")
_YEAR_FIRST = re.compile(r"^((?:19|20)\d\d)\s*[./年-]\s*(\d{1,2})(?:\s*[./月-]\s*(\d{1,2}))?\s*[月日]?$")
_MONTH_FIRST = re.compile(r"^(\d{1,2})\s*/?\s*((?:19|20)\d\d)$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_NOT_AN_ORGANISATION = frozenset({
    "plagiarism", "抄袭", "new", "code", "paper", "slides", "video", "blog", "survey", "withdrawn", "oral", "spotlight",
    "python", "go", "rust", "c", "c++", "java", "typescript", "javascript", "scala", "julia", "cuda",
})  # fmt: skip


@dataclass(frozen=True)
class Tail:
    """What a piece beside a title says; absent facts are None. `date` is ISO, year or month at least."""

    venue: str | None = None
    year: int | None = None
    organisation: str | None = None
    date: str | None = None

    def __bool__(self) -> bool:
        return self != Tail()

    def over(self, other: "Tail") -> "Tail":
        """This tail with its gaps filled from another."""
        venue, year = (self.venue, self.year) if self.venue else (other.venue, other.year or self.year)
        return Tail(
            venue, year if year is not None else other.year,
            self.organisation or other.organisation, self.date or other.date,
        )  # fmt: skip


NOTHING = Tail()


@lru_cache(maxsize=4096)
def read_date(text: str) -> str | None:
    """An ISO date ("2024-12", "2023-12-05") of "Dec 2024", "12/2024", "012025", "2023/12", "2023年12月"; else None."""
    text = text.strip(" \t()（）[]【】.,*_")
    if match := _YEAR_FIRST.match(text):
        return _iso(match[1], int(match[2]), int(match[3] or 0))
    if match := _MONTH_FIRST.match(text):
        return _iso(match[2], int(match[1]), 0)
    match = _MONTH_YEAR.match(text)
    if match and match[1][:3].lower() in _MONTHS:
        return _iso(match[3], _MONTHS[match[1][:3].lower()], int(match[2] or 0))
    return None


def _iso(year: str, month: int, day: int) -> str | None:
    if not 1 <= month <= 12 or day > 31:
        return None
    return f"{year}-{month:02}-{day:02}" if day else f"{year}-{month:02}"


@lru_cache(maxsize=4096)
def read_venue(text: str) -> Tail:
    """Venue, year and what stands before them ("DeepSeek SC' 24"), if the text is hardly more than that."""
    text = _PRAISE.sub(" ", text).strip(" \t,.;:()（）[]【】*_`")
    unknown = _UNKNOWN.match(text)
    named = [match for match in _VENUE.finditer(text) if _is_venue(match, text)] if len(text) <= 200 else []
    match = next((match for match in named if match.group().lower() != "arxiv"), named[0] if named else None)
    if not match:
        return Tail(venue=unknown[1], year=_year(unknown[2])) if unknown else NOTHING
    before, after = text[: match.start()], text[match.end() :]
    name = _CANON[match.group().lower()]
    workshop = _WORKSHOP.match(after)
    if workshop:
        name, after = name + workshop.group().replace("研讨会", " Workshop"), after[workshop.end() :]
    year, rest, before = _year_of(after, before)
    if len(rest.split()) > 8 or len(before.split()) > 8:
        return NOTHING
    return Tail(venue=re.sub(r"\s+", " ", name), year=year, organisation=_before(before))


@lru_cache(maxsize=4096)
def read_label(text: str) -> Tail:
    """What a text says that is nothing but a date, a year, or a venue with its year ("NeurIPS 2023"); else nothing."""
    text = _PRAISE.sub(" ", text).strip(" \t,.;:()（）[]【】*_`")
    if _YEAR.match(text):
        return Tail(year=int(text))
    date = read_date(text)
    return Tail(date=date) if date else read_venue(text) if _ALONE.fullmatch(text) else NOTHING


def read_tag(text: str) -> Tail:
    """What a tag before a title says ("[CHI 2024]"): there even an unknown venue is known by its year."""
    date = read_date(text)
    if date:
        return Tail(date=date)
    unknown = _TAGGED.fullmatch(text)
    return read_venue(text) or (Tail(venue=unknown[1], year=int(unknown[2])) if unknown else NOTHING)


def _is_venue(match: re.Match[str], text: str) -> bool:
    word = match.group()
    if word.upper() in _EXACT and word != word.upper():
        return False
    if word.lower() in {"nature", "science", "cal", "date", "cloud", "cluster"}:
        return bool(_AFTER_YEAR.match(text[match.end() :]))
    return True


def _year_of(after: str, before: str) -> tuple[int | None, str, str]:
    late = _LATER_YEAR.match(after)
    if late:
        return int(late[1]), after[late.end() :], before
    if match := _AFTER_YEAR.match(after):
        return _year(match[1]), after[match.end() :], before
    if match := _BEFORE_YEAR.search(before):
        return _year(match[1]), after, before[: match.start()]
    return None, after, before


def _year(text: str) -> int | None:
    value = int(text)
    if len(text) == 2:
        return 2000 + value if value < 70 else 1900 + value
    return value


def _before(text: str) -> str | None:
    text = text.strip(" \t,;:-–—@&(（")
    if not text or re.search(r"\b(?:in|on|at|published|accepted|by|the|to)$", text, re.I) or len(text.split()) > 4:
        return None
    return text if re.match(r"[A-Z]", text) and not re.search(r"\d", text) else None


@lru_cache(maxsize=4096)
def read_tail(text: str) -> Tail:
    """What a piece between bars says: a date, a venue, or else an organisation if it is short."""
    text = text.strip(" \t,.;-–—*_`")
    if not text:
        return NOTHING
    date = read_date(text)
    if date:
        return Tail(date=date)
    if _YEAR.match(text):
        return Tail(year=int(text))
    found = read_venue(text)
    return found if found else Tail(organisation=read_organisation(text))


def read_organisation(text: str) -> str | None:
    """The name of an organisation, None where the text is a remark or too long to be one."""
    text = text.strip(" \t,.;@*_`()（）")
    if not text or text.lower() in _NOT_AN_ORGANISATION or len(text) > 80 or len(text.split()) > 9:
        return None
    return text if re.search(r"[^\W\d_]", text) and not re.search(r"https?:", text) else None


_END = re.compile(
    rf"[\s,(（\[|-]+((?:{_ANY})[\s,]*(?:['’‘`´]\s?\d\d|(?:19|20)\d\d)|(?:SC|MLSYS|PPOPP)\s?\d\d|(?:\d\d)?arxiv(?:['’]?\s?\d\d)?)"
    r"\s*[)）\]]?\s*$",
    re.I,
)


def cut_venue(title: str) -> tuple[str, Tail]:
    """A title without the venue and year that stand at its end ("… Services OSDI'23"), and these."""
    end = title[-10:].rstrip(" )）]").lower()
    match = _END.search(title[-60:]) if end[-1:].isdigit() or end.endswith("arxiv") else None
    if not match:
        return title, NOTHING
    start = max(0, len(title) - 60) + match.start()
    found = read_venue(match[1]) or _glued(match[1])
    return (title[:start].rstrip(" \t,-–—"), found) if found and start else (title, NOTHING)


def _glued(text: str) -> Tail:
    match = re.match(r"(\d\d)arxiv", text, re.I)
    return Tail(venue="arXiv", year=_year(match[1])) if match else NOTHING


_DATE_END = re.compile(r"\s*[-–—]?\s*[(（]([^()（）]{4,30})[)）]\s*\.?\s*$")


def cut_parenthesis(title: str) -> tuple[str, Tail]:
    """A title without a date, venue or "@organisation" in parentheses at its end, and what these say."""
    if not title.rstrip(" \t.").endswith((")", "）")):
        return title, NOTHING
    match = _DATE_END.search(title[-120:])
    inner = match[1] if match else ""
    start = max(0, len(title) - 120) + match.start() if match else 0
    if not match:
        return _cut_organisation(title)
    date = read_date(inner)
    found = Tail(date=date) if date else read_venue(inner)
    if _YEAR.match(inner.strip()):
        found = Tail(year=int(inner))
    return (title[:start], found) if found and start else _cut_organisation(title)


def _cut_organisation(title: str) -> tuple[str, Tail]:
    start = title.rfind("(@")
    if start <= 0 or not title.rstrip().endswith(")"):
        return title, NOTHING
    name = re.sub(r"\s+etc\.?$", "", title[start + 2 :].rstrip(" )"))
    return title[:start].rstrip(), Tail(organisation=read_organisation(name))
