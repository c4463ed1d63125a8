"""What a link is: a title, or a label such as [paper] or [code]; and which kind of resource stands behind it."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from seeds.formats.inline import undecorated

_LABELS = {
    "paper": """paper papers pdf arxiv abs abstract html openreview acm ieee usenix doi preprint "full paper" article
        "paper link" "arxiv version" "conference version" "extended version" "full version" camera-ready proceedings
        publication dl.acm thesis whitepaper "white paper" "tech report" "technical report" report 论文 论文链接 原文
        "read paper" aclweb acl neurips nips icml iclr mlsys springer sciencedirect elsevier nature "hf paper" """,
    "link": """link links url here this source "read more" more web site website homepage "home page" page
        "project page" project "project website" "project homepage" "official website" "course website"
        "course page" docs doc
        documentation demo book advice "must read" repo-page landing "web page" webpage "official site" 链接 官网 主页
        项目 项目主页 网站 原文链接 地址 文档 visit open official announcement release "blog page" intro syllabus
        "strong recommendation" playground model-card "model card" personal "personal website" "personal page" """,
    "code": """code codes github git-hub repo repository "source code" implementation "official code" "github repo"
        "github code" "github link" "code link" artifact artifacts gitlab gitee "official implementation" pytorch jax
        tensorflow "empty github repo" "github repository" source-code "open source" "official repo" 代码 源码 仓库
        代码链接 "github page" "codebase" "reference implementation" """,
    "note": """note notes "my notes" "reading notes" "reading note" "my note" summary 笔记 阅读笔记 解读 讲解 总结
        "notes link" """,
    "side": """blog blogs "blog post" post slides slide talk video videos youtube bilibili poster tweet twitter x
        dataset datasets data model models weights checkpoint checkpoints "hugging face" huggingface hf colab notebook
        bibtex bib cite citation zhihu medium discussion reddit podcast tutorial lecture lectures course review wechat
        wiki appendix supplementary supplement benchmark leaderboard issue "track issue" pr modelscope discord slack
        telegram linkedin 博客 视频 幻灯片 知乎 数据集 模型 微信 公众号 小红书 b站 english chinese 中文 英文
        "english version" scholar "google scholar" dblp
        "chinese version" "中文版" news press interview subscribe stars star forks license readme top back
        "back to top" """,
}
_KNOWN = {
    label: role
    for role, words in _LABELS.items()
    for quoted, word in re.findall(r'"([^"]+)"|(\S+)', words)
    for label in [quoted or word]
}
_NAMES = frozenset({
    "pytorch", "jax", "tensorflow", "hugging face", "huggingface", "modelscope", "slack", "discord", "telegram",
    "reddit", "medium", "linkedin", "gitlab", "gitee",
})  # fmt: skip
_PATTERNS = (
    (
        re.compile(
            r"^(?:arxiv|iclr|icml|neurips|nips|osdi|sosp|nsdi|atc|usenix atc|asplos|mlsys|eurosys|sigcomm|ppopp|isca|"
            r"hpca|micro|sc|fast|vldb|sigmod|socc|cvpr|iccv|eccv|acl|naacl|emnlp|colm|aaai|ijcai|kdd|www|jmlr|tmlr)"
            r"[\s'’‘:-]*\d[\d./v-]*$"
        ),
        "paper",
    ),
    (re.compile(r"^(?:paper|pdf|arxiv)[\s-]*\d$"), "paper"),
    (re.compile(r"^(?:part|lecture|talk|slides?|video|day|week|chapter)[\s-]*\d+$"), "side"),
    (re.compile(r"^(?:the |official |our |original |github |full )*(?:code|repo(?:sitory)?)s?(?: \w+)?$"), "code"),
    (re.compile(r"^(?:the |official |our |original |full )*(?:paper|pdf|arxiv|preprint)(?: \w+)?$"), "paper"),
    (re.compile(r"^(?:[\w-]+\.)+(?:com|org|edu|press|io|net|acm|ai|cn|dev)$"), "link"),
    (re.compile(r"^\d{4}([./-]\d{1,2}){0,2}$"), "link"),
)
_EDGES = " \t\n\r\x0b[]()【】（）「」*_`'\"“”.,:：;!|<>/\\-–—+&·#"
_PAPER_HOSTS = re.compile(
    r"(?:^|\.)(?:arxiv\.org|doi\.org|acm\.org|openreview\.net|usenix\.org|ieee\.org|computer\.org|aclanthology\.org|"
    r"aclweb\.org|mlr\.press|neurips\.cc|nips\.cc|mlsys\.org|springer\.com|sciencedirect\.com|vldb\.org|thecvf\.com|"
    r"jmlr\.org|semanticscholar\.org|alphaxiv\.org|biorxiv\.org|nature\.com|science\.org|aaai\.org|ndss-symposium\.org|"
    r"mdpi\.com|tandfonline\.com|wiley\.com|sigops\.org|osti\.gov|cidrdb\.org|techrxiv\.org|ssrn\.com|paperswithcode\.com)$"
)
_VIDEO_HOSTS = re.compile(r"(?:^|\.)(?:youtube\.com|youtu\.be|bilibili\.com|vimeo\.com|slideslive\.com)$")
_CODE_HOSTS = re.compile(r"(?:^|\.)(?:github\.com|gitlab\.com|gitee\.com|bitbucket\.org|codeberg\.org)$")
_BLOG_HOSTS = re.compile(
    r"(?:^|\.)(?:zhihu\.com|medium\.com|substack\.com|towardsdatascience\.com|lilianweng\.github\.io|dev\.to|"
    r"csdn\.net|cnblogs\.com|juejin\.cn|jianshu\.com|wordpress\.com|blogspot\.com|semianalysis\.com|kipp\.ly|"
    r"servethehome\.com|hackernoon\.com|weixin\.qq\.com|notion\.site|infoq\.cn)$"
)
_PROFILE = re.compile(
    r"^https?://(?:www\.)?(?:zhihu\.com/people/|scholar\.google\.[a-z.]+/citations|twitter\.com/[^/]+/?$|x\.com/[^/]+/?$|"
    r"linkedin\.com/in/|space\.bilibili\.com/|github\.com/[^/]+/?$)"
)
_SECTION_KINDS = (
    ("report", r"technical reports?|tech reports?|技术报告"),
    ("leaderboard", r"leader ?boards?|排行榜"),
    ("course", r"courses?|lectures?|课程|公开课"),
    ("book", r"books?|textbooks?|书籍|书"),
    ("video", r"videos?|talks?|视频|讲座"),
    ("paper", r"surveys?|papers?|publications?|论文|综述"),
    ("blog", r"blogs?|blog ?posts?|posts|articles?|tutorials?|readings?|博客|文章|教程|阅读"),
    (
        "framework",
        r"frameworks?|librar(?:y|ies)|tools?|toolkits?|engines?|softwares?|compilers?|runtimes?|框架|工具|引擎|库",
    ),
    ("repo", r"repositor(?:y|ies)|repos?|awesome lists?|paper ?lists?|仓库"),
    ("project", r"projects?|open[- ]source projects?|项目"),
)
_SECTIONS = tuple((kind, re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.I)) for kind, words in _SECTION_KINDS)
_NOTES = re.compile(r"(?<![A-Za-z])notes(?![A-Za-z])|笔记", re.I)
_WHO = re.compile(
    r"(?<![A-Za-z])(?:persons?|people|labs?|laborator(?:y|ies)|researchers?|research groups?|scholars?|bloggers?|"
    r"professors?|who)(?![A-Za-z])|人物|学者|博主|大佬|大牛|实验室",
    re.I,
)
_WHO_HEADING = re.compile(
    r"^(?:\W|and|&|/|the|top|key|great|notable|my|favou?rite|mlsys|ml|ai|systems?|industry|academic|"
    r"persons?|people|labs?|laborator(?:y|ies)|research(?:ers?)?|groups?|scholars?|bloggers?|professors?|to|follow|who|"
    r"人物|学者|博主|大佬|大牛|实验室|推荐|关注|/)+$",
    re.I,
)


@lru_cache(maxsize=4096)
def label_role(text: str) -> str | None:
    """What a link's text promises if it is only a label: "paper", "code", "note", "link", "side"; None for a title."""
    plain = text if text.isascii() else undecorated(text)
    label = " ".join(plain.lower().strip(_EDGES).split()).strip(_EDGES)
    if not label:
        return "link"
    if label in _KNOWN:
        return _KNOWN[label]
    if label.startswith(("http://", "https://", "www.")):
        return "link"
    if len(label) > 40:
        return None
    return next((role for pattern, role in _PATTERNS if pattern.match(label)), None)


def is_name(text: str) -> bool:
    """Whether a label is the name of a thing as well: [PyTorch](…) beside a paper is its code, alone it is PyTorch."""
    return text.lower().strip(_EDGES) in _NAMES


_ABSOLUTE = re.compile(r"^(?:https?:)?//\S", re.I)
_PREPRINTS = ("https://arxiv.org/", "http://arxiv.org/", "https://openreview.net/")
_UPKEEP = re.compile(
    r"^https?://(?:www\.)?(?:github\.com/[^/]+/[^/]+/(?:issues(?:/new.*)?|pulls?|stargazers|network(?:/members)?|forks?|"
    r"watchers|actions/.*|blob/[^/]+/(?:licen[cs]e|contributing)[^/]*)/?(?:[?#].*)?$|"
    r"makeapullrequest\.com|star-history\.com|contrib\.rocks|discord\.(?:gg|com/invite)/|(?:join\.slack\.com|t\.me)/|"
    r"creativecommons\.org/|opensource\.org/licen[cs]es)",
    re.I,
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|ico)(?:[?#]|$)", re.I)


@lru_cache(maxsize=4096)
def is_resource_link(url: str) -> bool:
    """Whether a link leads to something: no anchor, no mail address, no picture, no badge."""
    if not url or url.startswith("#") or "img.shields.io" in url or "awesome.re" in url:
        return False
    if _UPKEEP.match(url):
        return False
    if not is_absolute(url):
        is_mail = "@" in url and "/" not in url
        return not is_mail and not re.match(r"^[a-z][a-z0-9+.-]*:", url, re.I) and not _is_picture(url)
    return not _is_picture(url)


def _is_picture(url: str) -> bool:
    return bool(_PICTURE.search(url)) and "/blob/" not in url


def is_absolute(url: str) -> bool:
    """Whether a link names a host."""
    return bool(_ABSOLUTE.match(url))


def is_own_page(url: str) -> bool:
    """Whether a relative link leads to another page or folder of the list itself."""
    path = re.split(r"[?#]", url)[0]
    last = path.rstrip("/").rpartition("/")[2]
    return not is_absolute(url) and (
        path.endswith("/") or "." not in last or bool(re.search(r"\.(?:md|rst)$", last, re.I))
    )


def is_profile(url: str) -> bool:
    """Whether a link is somebody's profile page."""
    return bool(_PROFILE.match(url))


@lru_cache(maxsize=4096)
def is_code(url: str) -> bool:
    """Whether a link is a repository or a place in one, but no document."""
    if not _CODE_HOSTS.search(_host(url)) or url.lower().endswith(".pdf") or "/blob/" in url:
        return False
    return bool(re.match(r"^(?:https?:)?//[^/]+/[^/?#]+/[^/?#]+", url))


def _host(url: str) -> str:
    try:
        return (urlsplit(url if "://" in url else f"https:{url}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _url_kind(url: str) -> str | None:
    if not is_absolute(url):
        return "paper" if url.lower().endswith(".pdf") else None
    if url.startswith("https://arxiv.org/"):
        return "paper"
    host, path = _host(url), url.partition("://")[2].partition("/")[2].lower()
    if _PAPER_HOSTS.search(host) or re.search(r"\.pdf(?:[?#]|$)", path) or "/publication/" in path:
        return "paper"
    if _VIDEO_HOSTS.search(host):
        return "video"
    if _CODE_HOSTS.search(host):
        return "repo"
    blog = _BLOG_HOSTS.search(host) or host.startswith(("blog.", "blogs.", "engineering."))
    if blog or re.search(r"(?:^|/)(?:blogs?|posts?|articles?)(?:/|$)", path):
        return "blog"
    return None


def _is_who_heading(heading: str) -> bool:
    return bool(_WHO_HEADING.match(heading) and _WHO.search(heading))


@lru_cache(maxsize=4096)
def section_kind(section: tuple[str, ...]) -> str | None:
    """The kind that the deepest telling heading promises; below notes everything is notes."""
    if any(_NOTES.search(heading) for heading in section):
        return "notes"
    for heading in reversed(section):
        if _is_who_heading(heading):
            return "person"
        for kind, pattern in _SECTIONS:
            if pattern.search(heading):
                return kind
    return None


@lru_cache(maxsize=4096)
def is_who_section(section: tuple[str, ...]) -> bool:
    """Whether a section lists people or labs."""
    return any(_is_who_heading(heading) for heading in section)


def kind_of(section: tuple[str, ...], url: str | None, venue: str | None = None) -> str:
    """The kind of a resource by its section, its main link and its venue."""
    promised = section_kind(section)
    found = _url_kind(url) if url else None
    if promised == "video" and (found == "blog" or (url and url.startswith(_PREPRINTS))):
        return str(found)
    if promised in {"report", "book", "course", "video", "project", "notes"}:
        return promised
    if promised in {"framework", "leaderboard"}:
        return "paper" if found == "paper" or (venue and found is None) else promised
    if promised == "blog":
        return found or "blog"
    if promised == "repo":
        return found if found in {"paper", "blog", "video"} else "repo"
    if found:
        return "paper" if found in {"blog"} and venue else found
    return "paper"
