"""What links and names count as the same identity."""

import pytest

from seeds.entry import Entry
from seeds.identity import canonical_url, keys, name_slug, title_slug, url_key


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/2309.06180",
        "http://arxiv.org/abs/2309.06180v2",
        "https://www.arxiv.org/pdf/2309.06180",
        "https://arxiv.org/pdf/2309.06180v1.pdf",
        "https://export.arxiv.org/html/2309.06180v1",
        "arxiv.org/ps/2309.06180",
        "https://arxiv.org/format/2309.06180",
        "https://ar5iv.labs.arxiv.org/html/2309.06180",
        "https://ar5iv.org/abs/2309.06180",
        "https://doi.org/10.48550/arXiv.2309.06180",
        "http://dx.doi.org/10.48550/ARXIV.2309.06180",
        "arXiv:2309.06180v3",
        "https://arxiv.org/pdf/2309.06180.pdf?fbclid=IwAR2o0_3HC#page=2",
        "<https://arxiv.org/abs/2309.06180>",
    ],
)
def test_every_form_of_an_arxiv_link_is_one_key(url: str) -> None:
    assert url_key(url) == "arxiv:2309.06180"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://arxiv.org/abs/cs/0101001", "arxiv:cs/0101001"),
        ("https://dl.acm.org/doi/10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://dl.acm.org/doi/pdf/10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://dl.acm.org/doi/abs/10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://doi.org/10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("doi:10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://link.springer.com/article/10.1007/S11263-020-01316-Z", "doi:10.1007/s11263-020-01316-z"),
        ("https://openreview.net/forum?id=uLpyWQPyF9", "openreview:uLpyWQPyF9"),
        ("https://openreview.net/pdf?id=uLpyWQPyF9&noteId=3", "openreview:uLpyWQPyF9"),
        ("https://openreview.net/attachment?id=uLpyWQPyF9&name=pdf", "openreview:uLpyWQPyF9"),
        ("https://www.usenix.org/conference/osdi22/presentation/yu", "usenix:osdi22-yu"),
        ("https://www.usenix.org/system/files/osdi22-yu.pdf", "usenix:osdi22-yu"),
        ("https://www.usenix.org/system/files/conference/nsdi17/nsdi17-paper-crankshaw.pdf", "usenix:nsdi17-crankshaw"),
        ("https://www.usenix.org/conference/osdi24/presentation/wu-bingyang", "usenix:osdi24-wu-bingyang"),
        ("https://github.com/NVIDIA/Megatron-LM", "github:nvidia/megatron-lm"),
        ("http://www.github.com/nvidia/megatron-lm.git", "github:nvidia/megatron-lm"),
        ("https://github.com/NVIDIA/Megatron-LM/tree/main/", "github:nvidia/megatron-lm"),
        ("https://github.com/NVIDIA/Megatron-LM/blob/master/README.md", "github:nvidia/megatron-lm"),
        ("https://github.com/NVIDIA/Megatron-LM?tab=readme-ov-file#usage", "github:nvidia/megatron-lm"),
        ("https://github.com/a/B/blob/main/Docs/X.pdf", "url:github.com/a/b/blob/main/Docs/X.pdf"),
        ("https://github.com/mosharaf/eecs598/tree/w24-genai", "url:github.com/mosharaf/eecs598/tree/w24-genai"),
        ("https://github.com/HuaizhengZhang", "url:github.com/huaizhengzhang"),
        ("https://youtu.be/abc123", "url:youtube.com/watch?v=abc123"),
    ],
)
def test_a_link_gives_its_strongest_key(url: str, key: str) -> None:
    assert url_key(url) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.vllm.ai/", "https://vllm.ai"),
        ("https://vllm.ai:443/index.html", "vllm.ai"),
        ("https://zhuanlan.zhihu.com/p/1?share_code=1l&utm_psn=19", "https://zhuanlan.zhihu.com/p/1"),
        ("https://www.zhihu.com/people/zzysonny/posts", "https://zhihu.com/people/zzysonny"),
        ("https://www.zhihu.com/people/zz/answers", "https://www.zhihu.com/people/zz/mutuals"),
        ("https://x.org/a?b=2&a=1", "https://m.x.org/a/?a=1&b=2"),
        ("https://x.org/a?si=1&from=home&gclid=2", "https://x.org/a#section"),
        ("https://x.org/caf%C3%A9", "https://x.org/café"),
    ],
)
def test_decoration_of_a_link_does_not_count(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.org/item?id=1", "https://x.org/item?id=2"),
        ("https://youtube.com/watch?v=a", "https://youtube.com/watch?v=b"),
        ("https://x.org/?p=1", "https://x.org/?p=2"),
        ("https://x.org/A", "https://x.org/a"),
    ],
)
def test_what_tells_pages_apart_is_kept(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize("url", ["mailto:a@b.org", "javascript:alert(1)", "#top", "", "ftp://x.org/a", "http://[bad"])
def test_links_that_lead_nowhere_give_no_key(url: str) -> None:
    assert url_key(url, "001") is None


def test_a_relative_link_belongs_to_its_source() -> None:
    assert url_key("./Papers/../Notes/Orca.md#top", "001") == "rel:001/Notes/Orca.md"
    assert url_key("files/report.pdf", "004") == "rel:004/files/report.pdf"
    assert url_key("mlsystems.md", "004") == "rel:004/mlsystems.md"


def test_an_arxiv_link_inside_another_address_does_not_count() -> None:
    assert url_key("https://x.org/?to=arxiv.org/abs/2309.06180") == "url:x.org?to=arxiv.org%2Fabs%2F2309.06180"


def test_title_slugs_fold_accents_case_and_marks_but_keep_chinese() -> None:
    assert title_slug("DéjàVu:  KV-cache <sup>3</sup> “Streaming”") == "dejavu-kv-cache-3-streaming"
    assert title_slug("图解 vLLM V1 系列 1：整体流程") == "图解-vllm-v1-系列-1-整体流程"
    assert title_slug("FlashDecoding++") != title_slug("FlashDecoding")
    assert title_slug("Phi‑4 Technical Report") == title_slug("Phi-4 technical report")


def test_names_do_not_depend_on_order_or_case() -> None:
    assert name_slug("Song HAN") == name_slug("Han, Song") == "han-song"


def test_keys_come_strongest_first_and_end_with_the_title() -> None:
    entry = Entry("paper", "SGLang", urls=("https://sglang.ai", "https://arxiv.org/abs/2312.07104"))
    assert keys(entry) == ("arxiv:2312.07104", "url:sglang.ai", "title:sglang")


def test_a_papers_second_link_to_code_is_no_identity() -> None:
    entry = Entry("paper", "SGLang", urls=("https://arxiv.org/abs/2312.07104", "https://github.com/sgl/sglang"))
    assert keys(entry) == ("arxiv:2312.07104", "title:sglang")


def test_a_person_is_known_by_homepage_and_name() -> None:
    entry = Entry("person", "Zhihao JIA", urls=("https://www.cs.cmu.edu/~zhihaoj2/",))
    assert keys(entry) == ("url:cs.cmu.edu/~zhihaoj2", "name:jia-zhihao")


def test_a_page_of_hugging_face_about_a_paper_is_that_paper() -> None:
    assert url_key("https://huggingface.co/papers/2401.18079") == "arxiv:2401.18079"


def test_pages_of_github_are_no_repositories() -> None:
    assert url_key("https://github.com/topics/llm") == "url:github.com/topics/llm"
