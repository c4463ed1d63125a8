"""What becomes one resource, what stays apart, and what an import changes."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from time import process_time

import pytest

from seeds.entry import Document, Entry, Pointer, Skip
from seeds.merge import Plan, merge, plan, withdrawal_digests
from storage.records import Resource

ARXIV = "https://arxiv.org/abs/"
SOSP = "https://sigops.org/s/conferences/sosp/2025/accepted.html"


def paper(title: str, *urls: str, line: int = 0, kind: str = "paper", **facts: object) -> Entry:
    return Entry(kind, title, line=line, urls=urls, **facts)  # type: ignore[arg-type]


def person(name: str, *urls: str, line: int = 0, **facts: object) -> Entry:
    return Entry("person", name, line=line, urls=urls, **facts)  # type: ignore[arg-type]


def listed(source: str, *entries: Entry) -> Document:
    numbered = tuple(replace(entry, line=entry.line or line) for line, entry in enumerate(entries, start=1))
    return Document(source, f"List {source}", "markdown", entries=numbered)


def titles(*documents: Document) -> list[str]:
    return [resource.title for resource in merge(documents)]


def find(found: Sequence[Resource], title: str) -> Resource:
    return next(resource for resource in found if title in (resource.title, *resource.aliases))


def linked(found: Sequence[Resource], resource: Resource, relation: str) -> set[str]:
    by_number = {r.number: r.title for r in found}
    return {by_number[link.number] for link in resource.links if link.relation == relation}


SAME = {
    "short name in another list": (
        listed("001", paper("Efficient Memory Management for LLM Serving with PagedAttention", ARXIV + "2309.06180")),
        listed("002", paper("vLLM", "https://arxiv.org/pdf/2309.06180v1")),
    ),
    "renamed in one list": (
        listed(
            "004",
            paper("Responsive ML inference in multi-tenanted environments using AQUA", ARXIV + "2407.21255"),
            paper("AQUA: Network-Accelerated Memory Offloading for LLMs in Scale-Up Domains", ARXIV + "2407.21255"),
        ),
    ),
    "two titles of one report": (
        listed(
            "004",
            paper("Kimi-VL Technical Report", ARXIV + "2504.07491"),
            paper("Kimi-VL: Multimodal LLM with Vision, Language, and Long Context", ARXIV + "2504.07491"),
        ),
    ),
    "two subtitles": (
        listed(
            "004",
            paper("Kimi k1.5: Scaling Reinforcement Learning with LLMs", ARXIV + "2501.12599"),
            paper("Kimi k1.5: Reinforcement Learning with Multimodal LLMs", ARXIV + "2501.12599"),
        ),
    ),
    "listed twice": (
        listed(
            "004",
            paper("BlockLLM: Multi-tenant Finer-grained Serving", ARXIV + "2404.18322"),
            paper("BlockLLM: Multi-tenant Finer-grained Serving", ARXIV + "2404.18322"),
        ),
    ),
    "renamed between lists": (
        listed(
            "a", paper("APIServe: Efficient API Support for Large-Language Model Inferencing", ARXIV + "2402.01869")
        ),
        listed("b", paper("INFERCEPT: Efficient Intercept Support for LLM Inferencing", ARXIV + "2402.01869")),
    ),
    "DOI here, arXiv there": (
        listed("a", paper("CacheBlend: Fast LLM Serving for RAG", "https://dl.acm.org/doi/10.1145/3689031.3696098")),
        listed("b", paper("CacheBlend: Fast LLM Serving for RAG", ARXIV + "2405.16444")),
    ),
    "USENIX here, arXiv there": (
        listed(
            "a", paper("ServerlessLLM: Low-Latency Serverless", "https://usenix.org/conference/osdi24/presentation/fu")
        ),
        listed("b", paper("ServerlessLLM: Low-Latency Serverless", ARXIV + "2401.14351")),
    ),
    "arXiv and the accepted papers page": (
        listed(
            "004",
            paper("Jenga: Effective Memory Management for Serving LLM with Heterogeneity", ARXIV + "2503.18292"),
            paper("Jenga: Effective Memory Management for Serving LLM with Heterogeneity", SOSP),
        ),
    ),
    "preprint with a slightly other title": (
        listed(
            "004",
            paper(
                "SpecInfer: Accelerating Generative LLM Serving with Speculative Inference and Token Tree Verification",
                "https://www.cs.cmu.edu/~zhihaoj2/papers/specinfer.pdf",
            ),
        ),
        listed(
            "001",
            paper(
                "SpecInfer: Accelerating Generative Large Language Model Serving with Tree-based Speculative "
                "Inference and Verification",
                ARXIV + "2305.09781",
            ),
        ),
    ),
    "one repository under two descriptions": (
        listed("003", paper("awesome-AI-system", "https://github.com/lambda7xx/awesome-AI-system", kind="repo")),
        listed("004", paper("AI systems paper list", "http://github.com/Lambda7xx/awesome-ai-system/", kind="repo")),
    ),
    "a linkless row of the same full title": (
        listed("a", paper("Enabling Parallelism Hot Switching for Efficient Training")),
        listed("b", paper("Enabling parallelism hot-switching for efficient training", ARXIV + "2412.00001")),
    ),
    "a page and its translation": (
        listed("a", paper("图解大模型", "https://zhuanlan.zhihu.com/p/1?share_code=x", kind="blog")),
        listed("b", paper("Large models in pictures", "https://zhuanlan.zhihu.com/p/1", kind="blog")),
    ),
    "a title and its translation in one list": (
        listed(
            "004",
            paper("The Hitchhiker's Guide to Program Analysis: A Journey", ARXIV + "2308.00245"),
            paper("程序分析指南：一场与大语言模型同行的旅程", ARXIV + "2308.00245"),
        ),
    ),
    "a person's homepage": (
        listed("000", person("闲鱼", "https://www.zhihu.com/people/sunt-ing")),
        listed("001", person("Sunt", "https://www.zhihu.com/people/sunt-ing/posts")),
    ),
    "a person's affiliation": (
        listed("000", person("Song Han", "https://hanlab.mit.edu/blog", affiliation="MIT")),
        listed("003", person("Song HAN", "https://songhan.example.edu", affiliation="MIT")),
    ),
    "a person's own host": (
        listed("000", person("Song Han", "https://hanlab.mit.edu/blog")),
        listed("003", person("HAN Song", "https://hanlab.mit.edu/songhan")),
    ),
    "an alias": (
        listed("000", person("陈天奇", "https://www.zhihu.com/people/crowowrk")),
        listed("003", person("Tianqi CHEN", "https://tqchen.com/")),
    ),
}

APART = {
    "two papers under one wrong DOI": (
        listed(
            "004",
            paper("HAP: SPMD DNN Training on Heterogeneous GPU Clusters", "https://doi.org/10.1145/3627703.3650074"),
            paper(
                "GMorph: Accelerating Multi-DNN Inference via Model Fusion", "https://doi.org/10.1145/3627703.3650074"
            ),
        ),
    ),
    "two papers under one wrong arXiv id": (
        listed(
            "004",
            paper("Efficient Serving of LLM Applications with Probabilistic Demand Modeling", ARXIV + "2506.14851"),
            paper("eLLM: Elastic Memory Management Framework for Efficient LLM Serving", ARXIV + "2506.14851"),
        ),
    ),
    "two papers of one name": (
        listed(
            "004",
            paper("Tempo: Compiled Dynamic Deep Learning with Symbolic Dependence Graphs", SOSP),
            paper("Tempo: Application-aware LLM Serving with Mixed SLO Requirements", ARXIV + "2504.20068"),
        ),
    ),
    "two names that differ in accents": (
        listed(
            "004",
            paper("DéjàVu: KV-cache Streaming for Fast, Fault-tolerant LLM Serving", ARXIV + "2403.01876"),
            paper("Deja Vu: Contextual Sparsity for Efficient LLMs", "https://proceedings.mlr.press/v202/liu23am.html"),
        ),
    ),
    "two arXiv ids under one title": (
        listed(
            "004",
            paper("The Llama 3 Herd of Models", ARXIV + "2407.21783"),
            paper("The Llama 3 Herd of Models", ARXIV + "2404.11083"),
        ),
    ),
    "a version with its own id": (
        listed(
            "004",
            paper("SageAttention2: Efficient Attention with Outlier Smoothing", ARXIV + "2411.10958"),
            paper("SageAttention2++: A More Efficient Implementation of SageAttention2", ARXIV + "2505.21136"),
        ),
    ),
    "a paper and its repository": (
        listed(
            "004",
            paper("Cornstarch: Distributed Multimodal Training Must Be Multimodality-Aware", ARXIV + "2503.11367"),
            paper(
                "Cornstarch: Distributed Multimodal Training Must Be Multimodality-Aware",
                "https://github.com/cornstarch-org/Cornstarch",
                kind="framework",
            ),
        ),
    ),
    "two posts of one page of notes": (
        listed(
            "001", paper("Basic Knowledges", "./AI/", kind="notes"), paper("Basic Knowledges", "./LLM/", kind="notes")
        ),
    ),
    "courses of two schools": (
        listed("a", paper("Systems for Machine Learning", "https://cs229s.stanford.edu/fall2023/", kind="course")),
        listed("b", paper("Systems for Machine Learning", "https://cs.example.edu/599/", kind="course")),
    ),
    "namesakes": (
        listed("a", person("Hao Zhang", "https://cseweb.ucsd.edu/~haozhang/", affiliation="UCSD")),
        listed("b", person("Hao Zhang", "https://www.zhihu.com/people/hao-zhang", affiliation="THU")),
    ),
    "namesakes on one public site": (
        listed("a", person("Lin Zhang", "https://www.zhihu.com/people/lin-zhang-52-62")),
        listed("b", person("Lin Zhang", "https://www.zhihu.com/people/lin-zhang-7")),
    ),
    "two members of one lab's page": (
        listed(
            "a", person("Ada Lovelace", "https://lab.example.org"), person("Alan Turing", "https://lab.example.org")
        ),
    ),
    "a person and a page at one address": (
        listed(
            "a",
            person("Jay Alammar", "https://jalammar.github.io"),
            paper("Visual posts", "https://jalammar.github.io"),
        ),
    ),
    "a person and what they write": (
        listed(
            "000",
            person("苏剑林", "https://www.zhihu.com/people/su-jian-lin-22"),
            paper("科学空间", "https://spaces.ac.cn/me.html", kind="blog"),
        ),
    ),
}


@pytest.mark.parametrize("documents", SAME.values(), ids=SAME)
def test_one_work_becomes_one_resource_with_a_reason(documents: tuple[Document, ...]) -> None:
    (resource,) = merge(documents)
    assert len(resource.listings) == 2
    assert resource.reasons
    assert all(listing.reason for listing in resource.listings)


@pytest.mark.parametrize("documents", APART.values(), ids=APART)
def test_two_works_stay_two_resources(documents: tuple[Document, ...]) -> None:
    assert len(merge(documents)) == 2
    assert not any(resource.reasons for resource in merge(documents))


@pytest.mark.parametrize("case", ["two papers under one wrong DOI", "two papers under one wrong arXiv id"])
def test_titles_under_one_wrong_id_are_flagged(case: str) -> None:
    assert all("another title has the same" in resource.flags[0] for resource in merge(APART[case]))


def test_one_title_under_two_arxiv_ids_is_flagged() -> None:
    one, other = merge(APART["two arXiv ids under one title"])
    assert one.flags == ("the same title is also listed with arXiv id 2404.11083",)
    assert other.flags == ("the same title is also listed with arXiv id 2407.21783",)


def test_a_page_that_lists_many_titles_is_nobodys_identity() -> None:
    page = "https://conf.example.org/list-of-talks"
    talks = [
        paper(t, page) for t in ("Mycroft: Tracing Collectives", "Sailor: Automated Training", "Robust Infrastructure")
    ]
    assert len(merge([listed("x", *talks), listed("y", paper("Mycroft: Tracing Collectives", page))])) == 3


def test_the_doi_of_whole_proceedings_is_nobodys_identity() -> None:
    doi = "https://dl.acm.org/doi/proceedings/10.1145/3627703"
    names = ("Mycroft: Tracing Collectives", "Sailor: Automated Training", "Pie: Programmable Serving")
    found = merge([listed("x", *(paper(name, doi) for name in names))])
    assert [(resource.doi, resource.flags) for resource in found] == [(None, ())] * 3


def test_an_id_under_a_crowd_of_rows_joins_only_equal_titles() -> None:
    rows = [paper(f"Same System {n // 2}", ARXIV + "2401.00009", line=n) for n in range(60)]
    assert len(merge([listed("x", *rows)])) == 30


def test_equal_rows_are_told_apart_by_their_section() -> None:
    rows = [paper("Ray: A Framework", ARXIV + "1712.05889", section=(name,)) for name in ("RL", "Serving")]
    stored = store([listed("x", *rows)])
    found = plan(stored, [], [listed("x", rows[1], rows[0])])
    assert counts(found) == (0, 0, 1, 0, 1)
    assert {x.section: x.entry_key for r in stored for x in r.listings} == {
        x.section: x.entry_key for _, r in found.changes for x in r.listings
    }


def test_two_works_of_an_accepted_papers_page_stay_apart() -> None:
    one, other = merge([listed("x", paper("Pie: Programmable Serving", SOSP), paper("METIS: Fast RAG Systems", SOSP))])
    assert not set(one.keys) & set(other.keys)


def test_a_disputed_id_does_not_pull_in_a_nickname() -> None:
    documents = [*APART["two papers under one wrong DOI"], listed("x", paper("GM", "doi:10.1145/3627703.3650074"))]
    assert len(merge(documents)) == 3


def test_a_third_list_joins_the_right_one_of_two_titles_under_one_id() -> None:
    third = listed("x", paper("GMorph: Accelerating Multi-DNN Inference", "https://doi.org/10.1145/3627703.3650074"))
    found = merge([*APART["two papers under one wrong DOI"], third])
    assert [(r.title.partition(":")[0], len(r.listings)) for r in found] == [("HAP", 1), ("GMorph", 2)]


def test_the_reason_names_what_is_the_same() -> None:
    (resource,) = merge(SAME["short name in another list"])
    assert resource.reasons == ("same arXiv id 2309.06180",)


def test_merging_does_not_depend_on_the_order_of_lists() -> None:
    documents = [document for case in (SAME, APART) for group in case.values() for document in group]
    documents = [replace(document, source=f"{n:02}") for n, document in enumerate(documents)]
    first = merge(documents)
    assert merge(documents[::-1]) == first
    assert merge(documents[7:] + documents[:7]) == first


def test_merging_two_lists_gives_the_same_whatever_comes_first() -> None:
    for group in SAME.values():
        results = {merge(order) == merge(group) for order in permutations(group)}
        assert results == {True}


def test_the_full_title_wins_and_the_nickname_becomes_an_alias() -> None:
    (resource,) = merge(SAME["short name in another list"])
    assert resource.title.startswith("Efficient Memory Management")
    assert resource.aliases[0] == "vLLM"
    assert resource.arxiv_id == "2309.06180"


def test_a_latin_name_leads_and_the_chinese_one_is_kept() -> None:
    (resource,) = merge(SAME["an alias"])
    assert (resource.title, resource.title_zh) == ("Tianqi CHEN", "陈天奇")
    assert resource.reasons == ("alias",)


def test_facts_come_from_the_list_that_has_them() -> None:
    (resource,) = merge(
        [
            listed("a", paper("Jenga: Effective Memory Management", ARXIV + "2503.18292", date="2025-03", stars=4)),
            listed("b", paper("Jenga: Effective Memory Management", SOSP, venue="SOSP", year=2025, title_zh="积木")),
        ]
    )
    assert (resource.venue, resource.year, resource.date, resource.title_zh) == ("SOSP", 2025, "2025-03", "积木")
    assert (resource.provenance["venue"], resource.provenance["date"]) == ("b", "a")
    assert resource.urls == (ARXIV + "2503.18292", SOSP)
    assert resource.stars == 4


def test_an_undamaged_title_beats_a_guessed_one() -> None:
    (resource,) = merge(
        [
            listed("a", paper("A guess that is much longer than the truth", "https://x.org/1", damaged=("title",))),
            listed("b", paper("The truth in short words", "https://x.org/1")),
        ]
    )
    assert resource.title == "The truth in short words"
    assert [listing.damaged for listing in resource.listings] == [True, False]


def test_the_more_telling_kind_wins() -> None:
    url = "https://github.com/vllm-project/vllm"
    (resource,) = merge(
        [
            listed("001", paper("vLLM", url, kind="repo", derived=True)),
            listed("004", paper("vLLM", url, kind="framework")),
        ]
    )
    assert resource.kind == "framework"


PEOPLE = listed(
    "000",
    person("Lianmin Zheng", "https://lmzheng.net/", works=("SGLang", "vLLM", "Chatbot Arena")),
    person("Tri Dao", "https://tridao.me/blog/", works=("Flash Attention-1, 2, 3", "Mamba")),
    person("Beidi Chen", "https://keroro824.github.io/lab-page/", works=("H2O", "Deja Vu")),
    person("Albert Gu", "https://goombalab.github.io/", works=("Mamba", "Hydra")),
    person("InterestingLSY", "https://interestinglsy.github.io/", works=("DistServe", "Mirage", "Megascale", "Tempo")),
    person("陈乐群", "https://www.zhihu.com/people/abcdabcd987", works=("Punica", "Atom")),
    person("朱小霖", "https://www.zhihu.com/people/zhu-xiao-lin-22-96", works=("Ring Flash Attention",)),
)
WORKS = listed(
    "004",
    paper("SGLang: Efficient Execution of Structured Language Model Programs", ARXIV + "2312.07104"),
    paper("SGLang", "https://github.com/sgl-project/sglang", kind="framework"),
    paper("Efficient Memory Management for LLM Serving with PagedAttention", ARXIV + "2309.06180"),
    paper("vLLM: Easy, Fast, and Cheap LLM Serving with PagedAttention", "https://vllm.ai/"),
    paper("vLLM", "https://github.com/vllm-project/vllm", kind="framework"),
    paper("vLLM", "./notes/vLLM/", kind="notes"),
    paper("FlashAttention: Fast and Memory-Efficient Exact Attention", ARXIV + "2205.14135"),
    paper("FlashAttention-3: Fast and Accurate Attention", "https://tridao.me/blog/2024/flash3/"),
    paper("Mamba: Linear-Time Sequence Modeling", ARXIV + "2312.00752"),
    paper("H2O: Heavy-Hitter Oracle for Efficient Generative Inference", ARXIV + "2306.14048"),
    paper("Deja Vu: Contextual Sparsity for Efficient LLMs", "https://proceedings.mlr.press/v202/liu23am.html"),
    paper("DéjàVu: KV-cache Streaming for Fast LLM Serving", ARXIV + "2403.01876"),
    paper("HYDRA: Something Else Entirely for Training", ARXIV + "2401.00001"),
    paper("MegaScale: Scaling Training to More Than 10,000 GPUs", ARXIV + "2402.15627"),
    paper("Tempo: Compiled Dynamic Deep Learning with Dependence Graphs", ARXIV + "2401.00002"),
    paper("Tempo: Application-aware LLM Serving with Mixed SLOs", ARXIV + "2504.20068"),
    paper("Ring Attention with Blockwise Transformers for Near-Infinite Context", ARXIV + "2310.01889"),
    paper("Punica: Multi-Tenant LoRA Serving", ARXIV + "2310.18547"),
    paper("Quantum atoms: a survey of the atom", ARXIV + "2401.00003"),
)


def works_of(name: str) -> set[str]:
    found = merge([PEOPLE, WORKS])
    number = find(found, name).number
    made = [r for r in found if any(x.relation == "author" and x.number == number for x in r.links)]
    return {f"{r.kind} {r.title.partition(':')[0]}" for r in made}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        (
            "Lianmin Zheng",
            {
                "paper SGLang",
                "framework SGLang",
                "paper Efficient Memory Management for LLM Serving with PagedAttention",
                "paper vLLM",
                "framework vLLM",
            },
        ),
        ("Tri Dao", {"paper FlashAttention", "paper FlashAttention-3", "paper Mamba"}),
        ("Beidi Chen", {"paper H2O", "paper Deja Vu"}),
        ("Albert Gu", {"paper Mamba"}),
        ("InterestingLSY", {"paper MegaScale"}),
        ("陈乐群", {"paper Punica"}),
        ("朱小霖", set()),
    ],
)
def test_people_are_linked_to_what_they_made(name: str, made: set[str]) -> None:
    assert works_of(name) == made


def test_a_paper_is_linked_to_the_repository_of_its_name() -> None:
    found = merge([PEOPLE, WORKS])
    assert linked(found, find(found, "SGLang: Efficient Execution of Structured Language Model Programs"), "code") == {
        "SGLang"
    }


def test_a_paper_and_its_repository_of_one_title_are_linked() -> None:
    found = merge(APART["a paper and its repository"])
    assert [link.relation for link in found[0].links] == ["code"]


def test_the_lists_own_pointers_become_links() -> None:
    post = paper(
        "The Illustrated Transformer",
        "https://jalammar.github.io/illustrated-transformer/",
        kind="blog",
        authors=("Jay Alammar",),
        links=(Pointer("author", "https://jalammar.github.io/"),),
    )
    author = person("Jay Alammar", "https://jalammar.github.io/", derived=True)
    other = paper("Mamba: Linear-Time", ARXIV + "2312.00752", code_urls=("https://github.com/state-spaces/mamba",))
    code = paper("Mamba", "https://github.com/state-spaces/mamba/", kind="repo", derived=True)
    found = merge([listed("001", post, author, other, code)])
    assert linked(found, found[0], "author") == {"Jay Alammar"}
    assert linked(found, found[2], "code") == {"Mamba"}


def test_a_pointer_may_name_a_title_and_one_into_nowhere_is_dropped() -> None:
    lab = Entry("lab", "Hazy Research", links=(Pointer("member", "Christopher Ré"), Pointer("member", "Nobody")))
    found = merge([listed("000", lab, person("Christopher Ré"))])
    assert linked(found, found[0], "member") == {"Christopher Ré"}


def test_people_and_their_pages_are_linked_by_known_facts() -> None:
    found = merge(APART["a person and what they write"])
    assert linked(found, find(found, "科学空间"), "author") == {"苏剑林"}


def store(documents: Sequence[Document]) -> tuple[Resource, ...]:
    return plan([], [], documents).inserts


FIRST = listed(
    "001",
    paper("SGLang: Efficient Execution of Programs", ARXIV + "2312.07104", section=("Papers", "Framework")),
    paper("Mamba: Linear-Time Sequence Modeling", ARXIV + "2312.00752", section=("Papers", "Models")),
    paper("Mycroft: Tracing Dependencies in Collectives", SOSP, section=("Papers", "Models")),
    paper("Sailor: Automating Distributed Training", SOSP, section=("Papers", "Models")),
)


def changed(*entries: Entry) -> Plan:
    return plan(store([FIRST]), [], [replace(FIRST, entries=entries)])


def counts(found: Plan) -> tuple[int, int, int, int, int]:
    (tally,) = found.tallies
    return tally.new, tally.changed, tally.moved, tally.removed, tally.unchanged


def test_importing_twice_changes_nothing() -> None:
    found = plan(store([FIRST, WORKS]), [], [WORKS, FIRST])
    assert found.empty
    assert found.unchanged == 4 + len(WORKS.entries) - 2  # SGLang and Mamba are in both
    assert found.diff() == ()


def test_a_first_import_inserts_everything_under_new_numbers() -> None:
    found = plan([], [], [FIRST], next_number=41)
    assert [resource.number for resource in found.inserts] == [41, 42, 43, 44]
    assert counts(found) == (4, 0, 0, 0, 0)
    assert found.sources[0].code == "001"


def test_a_new_row_shifts_lines_but_moves_nothing() -> None:
    new = paper("H2O: Heavy-Hitter Oracle", ARXIV + "2306.14048", line=1)
    found = changed(new, *(replace(entry, line=entry.line + 1) for entry in FIRST.entries))
    assert counts(found) == (1, 0, 0, 0, 4)
    assert [resource.number for resource in found.inserts] == [5]


def test_a_row_in_another_section_has_moved() -> None:
    one, *rest = FIRST.entries
    found = changed(*rest, replace(one, section=("Papers", "Models"), line=9))
    assert counts(found) == (0, 0, 1, 0, 3)
    assert any("moved to Papers / Models" in line for line in found.diff())


def test_rows_in_another_order_have_moved() -> None:
    one, *rest = FIRST.entries
    assert counts(changed(*rest, replace(one, line=9))) == (0, 0, 1, 0, 3)


def test_an_edited_title_keeps_its_number() -> None:
    one, two, three, four = FIRST.entries
    found = changed(one, replace(two, title="Mamba: Selective State Spaces"), three, four)
    assert counts(found) == (0, 1, 0, 0, 3)
    assert [(before.number, after.number) for before, after in found.changes] == [(2, 2)]
    assert "    title: Mamba: Linear-Time Sequence Modeling → Mamba: Selective State Spaces" in found.diff()


def test_an_edited_link_keeps_its_number() -> None:
    one, two, three, four = FIRST.entries
    found = changed(one, two, three, replace(four, urls=("https://doi.org/10.1145/1.2",)))
    assert counts(found) == (0, 1, 0, 0, 3)
    assert not found.inserts


def test_a_vanished_row_is_kept_as_no_longer_listed_and_can_come_back() -> None:
    found = changed(*FIRST.entries[1:])
    assert counts(found) == (0, 0, 0, 1, 3)
    (before, after) = found.changes[0]
    assert (after.number, after.title, after.listed) == (1, before.title, False)
    stored = (after, *store([FIRST])[1:])
    back = plan(stored, found.sources, [FIRST])
    assert [resource.listed for _, resource in back.changes] == [True]
    again = plan(stored, found.sources, [replace(FIRST, entries=FIRST.entries[1:])])
    assert again.empty
    assert counts(again) == (0, 0, 0, 0, 3)


def test_rows_of_a_shared_page_are_not_confused_when_one_goes() -> None:
    one, two, _mycroft, sailor = FIRST.entries
    found = changed(one, two, replace(sailor, line=3))
    assert counts(found) == (0, 0, 0, 1, 3)
    assert {after.title: after.listed for _, after in found.changes}[
        "Mycroft: Tracing Dependencies in Collectives"
    ] is False


def test_two_resources_that_turn_out_to_be_one_leave_a_redirect() -> None:
    apart = listed(
        "001", paper("Jenga: Memory for Heterogeneity", SOSP), paper("Old Jenga Preprint Name", ARXIV + "2503.18292")
    )
    bridge = listed("002", paper("Jenga: Memory for Heterogeneity", ARXIV + "2503.18292"))
    found = plan(store([apart]), [], [bridge])
    assert found.redirects == {2: 1}
    assert [(after.number, len(after.listings)) for _, after in found.changes] == [(1, 3)]
    assert "> #2 is now #1" in found.diff()


def test_a_resource_that_turns_out_to_be_two_keeps_its_number_once() -> None:
    name = "Jenga: Memory for Heterogeneity"
    stored = store([listed("001", paper(name, ARXIV + "2503.18292")), listed("002", paper(name, SOSP, venue="SOSP"))])
    assert len(stored) == 1
    found = plan(stored, [], [listed("002", paper("A Wholly Different Work on Networks", ARXIV + "2601.00001"))])
    assert [resource.number for resource in found.inserts] == [2]
    assert [after.number for _, after in found.changes] == [1]


def test_other_lists_stay_as_they_are() -> None:
    found = plan(store([FIRST, WORKS]), [], [listed("009", paper("A New One Among Others", "https://x.org/1"))])
    assert len(found.inserts) == 1
    assert not found.changes


def test_a_resource_without_listing_keeps_its_own_facts() -> None:
    suggested = Resource(7, "paper", "Suggested: A Paper of a Member", urls=("https://x.org/s",), abstract="Long.")
    first = plan([suggested], [], [FIRST])
    (before, after) = first.changes[0]
    assert (before.number, after.title, after.abstract) == (7, suggested.title, "Long.")
    assert plan([after, *first.inserts], [], [FIRST]).empty


def test_a_suggested_paper_that_a_list_brings_later_keeps_its_number() -> None:
    suggested = Resource(7, "paper", "SGLang", urls=(ARXIV + "2312.07104",))
    found = plan([suggested], [], [FIRST])
    assert [(after.number, len(after.listings)) for _, after in found.changes] == [(7, 1)]
    assert len(found.inserts) == 3


def test_facts_from_a_metadata_service_stay() -> None:
    stored = store([FIRST])
    enriched = replace(stored[1], year=2023, abstract="We…", provenance={**stored[1].provenance, "year": "arxiv"})
    found = plan([stored[0], enriched, *stored[2:]], [], [FIRST])
    assert found.empty


def test_skipped_rows_are_counted_by_reason() -> None:
    document = replace(FIRST, skipped=(Skip(3, "inside a comment"), Skip(4, "inside a comment"), Skip(9, "badge")))
    (tally,) = plan([], [], [document]).tallies
    assert tally.skipped == {"badge": 1, "inside a comment": 2}


def test_a_withdrawn_person_goes_and_never_comes_back() -> None:
    home = Pointer("author", "https://lmzheng.net")
    post = paper("A Post on Caches", "https://x.org/p", kind="blog", authors=("Lianmin Zheng", "Else"), links=(home,))
    documents = [PEOPLE, listed("001", post, person("Zheng Lianmin", "https://else.example.org", derived=True))]
    stored = store(documents)
    digests = withdrawal_digests(find(stored, "Lianmin Zheng"))
    found = plan(stored, [], documents, digests)
    gone = {r.number for r in stored if r.title in {"Lianmin Zheng", "Zheng Lianmin"}}
    assert set(found.removals) == gone
    assert not found.inserts
    assert [after.authors for _, after in found.changes] == [("Else",)]
    assert "lmzheng" not in str([(r.urls, r.listings) for _, r in found.changes])
    assert {tally.source: dict(tally.skipped) for tally in found.tallies} == {
        "000": {"withdrawn": 1},
        "001": {"withdrawn": 1},
    }
    assert all("Lianmin" not in digest for digest in digests)


def test_ten_thousand_entries_merge_in_seconds() -> None:
    words = ("Elastic", "Sparse", "Fused", "Tiered", "Paged", "Ranked", "Split", "Shared", "Lazy", "Eager")
    entries = [
        paper(
            f"System{n}: {words[n % 10]} {words[n // 10 % 10]} Caching for Models with {words[n // 100 % 10]} Plans",
            SOSP if n % 7 == 0 else f"{ARXIV}{1000 + n // 500}.{10000 + n % 500}",
        )
        for n in range(5000)
    ]
    start = process_time()
    found = merge([listed("a", *entries), listed("b", *entries)])
    assert process_time() - start < 20
    assert len(found) == 5000


def test_a_diff_names_only_what_changed() -> None:
    one, *rest = FIRST.entries
    found = changed(replace(one, line=one.line + 1, stars=4), *(replace(entry, line=entry.line + 1) for entry in rest))
    assert [line for line in found.diff() if line.startswith("~")] == [f"~ #1 {one.title}"]
    assert "    stars: None → 4 in 001 line 2" in found.diff()


def test_a_venue_brings_its_own_year() -> None:
    (found,) = merge([
        listed("001", paper("Gizmo: A Server", ARXIV + "2401.00001", year=2023)),
        listed("002", paper("Gizmo: A Server", ARXIV + "2401.00001", venue="OSDI", year=2024)),
    ])  # fmt: skip
    assert (found.venue, found.year) == ("OSDI", 2024)


def test_a_list_that_dropped_a_resource_gives_it_no_topic() -> None:
    one, *rest = FIRST.entries
    both = listed("002", replace(one, section=("Blogs",)))
    stored = store([replace(FIRST, entries=(one, *rest)), both])
    (kept,) = [after for _, after in plan(stored, [], [replace(both, entries=())]).changes if after.number == 1]
    assert kept.topics == store([FIRST])[0].topics
