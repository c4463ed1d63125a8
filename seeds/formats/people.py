"""Rows about people and labs: name, homepage, what they made, where they work."""

import re
from collections.abc import Iterator, Sequence

from seeds.entry import Entry, Pointer
from seeds.formats.draft import clean
from seeds.formats.inline import BREAK, Span, undecorated
from seeds.formats.links import is_own_page, is_profile, is_resource_link, kind_of, label_role
from seeds.formats.rows import Place
from seeds.venues import read_organisation

_HOMEPAGE = re.compile(
    r"^\W*(?:主页|个人主页|homepage|home ?page|website|web|page|site|link|blog|github|zhihu|知乎)\W*$", re.I
)
_OWN_HOMEPAGE = re.compile(r"^\W*(?:个人)?主页\W*$")
_MAKER = (
    r"(?:等?(?:工作)?(?:的)?(?:系列|库|仓库|框架|项目)?(?:的)?"
    r"(?:作者|核心维护者|维护者|开发者|核心开发者|核心成员|发起人))"
)
_CHINESE_WORKS = re.compile(rf"^(.+?){_MAKER}(?:\s|$)")
_ENGLISH_WORKS = (
    re.compile(r"^(.{2,160}?),?\s+and other\s+\w+\s+works?\b", re.I),
    re.compile(r"^(.{2,160}?)\s+(?:are|is)\s+(?:\w+\s+){0,2}works?\b", re.I),
    re.compile(
        r"\b(?:authors?|creators?|co-creators?|maintainers?|developers?) of\s+"
        r"(.{2,160}?)(?:[.;]|,\s*(?:and\s+)?[a-z]{3,}|$)",
        re.I,
    ),
)
_STUDENTS = re.compile(r"^(.+?)(?:的)?导师$")
_AFFILIATED = re.compile(
    r"\b(?:affiliated with|works? (?:at|for)|working at|professor at|researcher at)\s+(.+?)\s*(?:[,.;(]|$)",
    re.I,
)
_BESIDE = re.compile(r"^\s*(?:[,@(（]|[-–—]\s|at\s)[\s@]*([A-Z][^,.;:()（）|]{1,50}?)\s*[)）]?\s*$")
_ROLE = (
    r"(?:PhD|Ph\.D\.?|AP|Assistant Professor|Associate Professor|Professor|PostDoc|Post-?doc|Intern|"
    r"Research Scientist|组)"
)
_WITH_ROLE = re.compile(rf"^(?:incoming\s*)?(.{{2,30}}?)\s*{_ROLE}$", re.I)
_PLACES = frozenset(
    [
        "stanford",
        "ucb",
        "ucla",
        "cmu",
        "mit",
        "uw",
        "bu",
        "pku",
        "thu",
        "sjtu",
        "nus",
        "ntu",
        "msra",
        "nvidia",
        "google",
        "meta",
        "microsoft",
        "bytedance",
        "linkedin",
        "huawei",
        "华为",
        "无问芯穹",
        "字节跳动",
        "字节",
        "阿里",
        "阿里巴巴",
        "腾讯",
        "百度",
        "商汤",
        "快手",
        "蚂蚁",
        "蚂蚁集团",
        "月之暗面",
        "智谱",
        "清华",
        "清华大学",
        "北大",
        "北京大学",
        "上海交大",
        "中科院",
        "浙大",
        "复旦",
        "中科大",
        "苏州大学",
        "爱丁堡",
        "ucsd",
        "umich",
        "umn",
        "uiuc",
        "gatech",
        "princeton",
        "cornell",
        "purdue",
        "hkust",
        "cuhk",
        "hku",
        "ethz",
        "eth",
        "epfl",
        "ustc",
        "anthropic",
        "openai",
        "deepmind",
        "deepseek",
        "xai",
        "lmsys.org",
        "together.ai",
        "cartesia.ai",
        "databricks",
        "anyscale",
        "amazon",
        "apple",
        "intel",
        "amd",
        "ibm",
    ]
)
_PLACE_NAMES = re.compile(r"^(?:[A-Z][\w.-]*(?:[ /&]|$)){1,4}$")
_PLACE_WORDS = re.compile(
    r"\b(?:AI|Lab|Labs|Seed|University|Institute|Research|Inc|Oneflow)\b|大学|学院|公司|实验室|研究院"
)
_FAMILY = re.compile(r"^同样(?:也是|还是|是)(\w+?)系$")
_ACRONYM = re.compile(r"^[A-Z]{3,}(?:-[A-Z]+)*$")
_LAB_WORDS = re.compile(r"\b(?:lab|labs|laboratory|center|centre|group|institute)\b|实验室|研究组|课题组", re.I)


def is_person_row(found: Sequence[Span]) -> bool:
    """Whether a row introduces somebody: it begins with a link to a profile, or a name with a homepage behind it."""
    link = _own_link(found)
    if link is None or link.url is None:
        return False
    return is_profile(link.url) or (bool(_OWN_HOMEPAGE.match(link.text)) and bool(clean(_name_before(found, link))))


def person_entries(found: Sequence[Span], place: Place) -> tuple[Entry, ...]:
    """Whom a row introduces, and the works whose links stand in its sentence. Empty for a row without a name."""
    link = _own_link(found)
    name, body = _name_and_body(found, link)
    name = clean(name)
    if not name or len(name) > 60 or not re.search(r"\w", name):
        return ()
    text = _flat(body)
    if link is None or link.url is None:
        return (_thing(name, None, text, place),)
    if _is_thing(link.url):
        return (_thing(name, link.url, text, place),)
    students = tuple(Pointer("member", student) for student in _students(text))
    person = Entry(
        kind=_kind(name, text),
        title=name,
        section=place.section,
        line=place.line,
        urls=(link.url,),
        works=_works(text),
        affiliation=_affiliation(text),
        aliases=_aliases(name, text),
        links=students,
        damaged=("title",) if link.guess else (),
        about=undecorated(text).strip("：: ") or None,
    )
    return (person, *_mentioned(body, person, text))


def _own_link(found: Sequence[Span]) -> Span | None:
    """The link to the person: the first one, unless a name with a homepage link in parentheses begins the row."""
    for span in found:
        if span.url is None:
            if re.search(r"[：:]\s*\S", span.text) and not re.search(r"[(（]\s*$", span.text):
                return None
        elif is_resource_link(span.url):
            return span
    return None


def _name_before(found: Sequence[Span], link: Span) -> str:
    at = next(n for n, span in enumerate(found) if span is link)
    return re.sub(r"[(（\s]+$", "", "".join(span.text for span in found[:at]))


def _name_and_body(found: Sequence[Span], link: Span | None) -> tuple[str, list[Span]]:
    if link is None:
        whole = "".join(span.text for span in found)
        name, _, rest = re.sub(r"[:：]", "\x00", whole, count=1).partition("\x00")
        return name, [Span(rest)]
    at = next(n for n, span in enumerate(found) if span is link)
    name = _name_before(found, link) if _HOMEPAGE.match(link.text) else link.text
    return name, list(found[at + 1 :])


def _flat(body: Sequence[Span]) -> str:
    text = "".join(span.text for span in body).replace(BREAK, " ").replace("\n", " ")
    return re.sub(r"^\s*[)）]?\s*[:：]?\s*", "", text)


def _is_thing(url: str) -> bool:
    return bool(re.match(r"https?://(?:www\.)?github\.com/[^/]+/[^/?#]+", url))


def _thing(name: str, url: str | None, text: str, place: Place) -> Entry:
    groups = [match[1] for clause in _clauses(text) if (match := re.match(r"^(.{2,30}?)组$", clause.strip()))]
    kind = "project" if url is None else kind_of((), url)
    return Entry(
        kind, name, place.section, place.line, urls=(url,) if url else (),
        organisation=read_organisation(groups[0]) if groups else None, about=undecorated(text).strip("：: ") or None,
    )  # fmt: skip


def _clauses(text: str) -> list[str]:
    without = re.sub(r"[（(][^（）()]+[）)]", "", text)
    return [
        clause.strip()
        for clause in re.split(r"[，。；！!;]|(?<=\D),\s+(?!\d)(?=[A-Z\u3400-\u9fff])", without)
        if clause.strip()
    ]


def _kind(name: str, text: str) -> str:
    first = _clauses(text)[0] if _clauses(text) else ""
    if (
        _ACRONYM.match(name)
        or _LAB_WORDS.search(name)
        or (_LAB_WORDS.search(first) and not re.search(r"\blab of\b", first))
    ):
        return "person" if "/" in name else "lab"
    return "person"


def _aliases(name: str, text: str) -> tuple[str, ...]:
    found = [part.strip() for part in name.split("/")] if "/" in name else []
    first = re.split(r"[,，。；;]", text)[0].strip()
    if _ACRONYM.match(name) and _LAB_WORDS.search(first) and len(first.split()) <= 8:
        found.append(first)
    if re.search(r"['’]s Homepage$", name):
        found.append(re.sub(r"['’]s Homepage$", "", name))
    return tuple(found)


def _works(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for clause in _clauses(text):
        match = _CHINESE_WORKS.match(clause)
        if match:
            found += _split_works(match[1])
    flat = re.sub(r"[（(][^（）()]*[）)]", "", text).strip()
    for pattern in _ENGLISH_WORKS:
        match = pattern.search(flat)
        if match and not found and not re.match(r"(?:many|some|several|lots|with|important)\b", match[1], re.I):
            found += _split_works(match[1])
    return tuple(dict.fromkeys(found))


def _split_works(text: str) -> Iterator[str]:
    text = re.split(r",\s+(?!\d)(?=[A-Z\u3400-\u9fff][^,]*/)", text)[-1]
    for part in re.split(r"\s*(?:/|、|\s&\s|\sand\s|,\s+(?!\d)(?:and\s+)?)\s*", text):
        name = (
            re.split(r"(?:的|知名文章|框架|项目|专栏|推理|著名)(?=[A-Za-z\u3400-\u9fff])", part)[-1]
            if _is_mixed(part)
            else part
        )
        name = re.sub(r"等(?:工作)?$|(?:系列|库|仓库)$", "", clean(name)).strip()
        if name and len(name) <= 60 and not re.search(r"综述$|知乎$|博客$|公众号$", name):
            yield name


def _is_mixed(part: str) -> bool:
    return bool(re.match(r"[\u3400-\u9fff]", part) and re.search(r"[A-Za-z]", part)) or part.startswith(
        ("专栏", "Disaggregated")
    )


def _students(text: str) -> list[str]:
    found: list[str] = []
    for clause in _clauses(text):
        match = _STUDENTS.match(clause)
        if match:
            found += [name for part in match[1].split("/") if (name := clean(part))]
    return found


def _affiliation(text: str) -> str | None:
    english = _AFFILIATED.search(text)
    if english:
        return english[1].strip(" .,") or None
    if beside := _BESIDE.match(text):
        return read_organisation(beside[1])
    found: list[str] = []
    whole = [clause.strip() for clause in re.split(r"[，。；！]", text) if clause.strip()]
    for clause in whole:
        found += _places(clause)
    return "/".join(dict.fromkeys(found)) or None


def _places(clause: str) -> Iterator[str]:
    family = _FAMILY.match(clause)
    if family:
        yield family[1]
        return
    if re.search(r"作者|专家|维护者|导师|社区|内容|更新|运营", clause) or len(clause) > 60:
        return
    parts = re.split(r"\s*/\s*|\s+&\s+", clause)
    named = [_place(part) for part in parts]
    if any(name for name, certain in named if certain):
        joined = " & ".join if " & " in clause else "/".join
        yield joined(name for name, _ in named if name)


def _place(part: str) -> tuple[str, bool]:
    """An institution's name without the role, and whether it surely is one."""
    part = part.strip()
    role = _WITH_ROLE.match(part)
    bare = re.sub(r"^incoming\s*", "", role[1] if role else part, flags=re.I).strip()
    shown = re.sub(r"\s*（([^（）]*)）", r" (\1)", bare)
    base = re.sub(r"\s*[（(].*", "", bare)
    if role or base.lower() in _PLACES:
        return shown, True
    if _PLACE_NAMES.match(base) and _PLACE_WORDS.search(base):
        return shown, True
    return shown, False


def _mentioned(body: Sequence[Span], person: Entry, text: str) -> Iterator[Entry]:
    """The works that a person's sentence links to, each pointing to its author."""
    for span in body:
        if span.url is None or not is_resource_link(span.url) or is_own_page(span.url):
            continue
        title = clean(span.text)
        if not title or label_role(title) is not None:
            continue
        kind = _work_kind(title, span.url, text)
        yield Entry(
            kind, title, person.section, person.line, urls=(span.url,),
            links=(Pointer("author", person.urls[0]),), derived=True,
        )  # fmt: skip


def _work_kind(title: str, url: str, text: str) -> str:
    if re.search(rf"\bclass\s+\W*{re.escape(title)}|\bcourse\s+\W*{re.escape(title)}", text, re.I):
        return "course"
    if "bilibili.com" in url or "youtube.com" in url:
        return "video"
    kind = kind_of((), url)
    return "blog" if kind == "paper" and not re.search(r"arxiv|doi|\.pdf|openreview|usenix|acm\.org", url) else kind
