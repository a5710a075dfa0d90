"""The page of an audit: one file, no network, no script."""

import html as escape
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template

from policies.audit.judgement import Audit, Judged
from policies.pack import Verdict

TEMPLATE = Path(__file__).with_name("page.html")

WORDS: Mapping[str, str] = {
    "held": "pass",
    "found": "fail",
    "waived": "void",
    "not judged": "void",
    "not asked": "soft",
}
"""How each is coloured."""


def html(audit: Audit) -> str:
    findings = audit.findings
    return Template(TEMPLATE.read_text()).substitute(
        stack=escape.escape(audit.stack),
        word=f"{len(findings)} findings",
        kind="fail" if findings else "pass",
        summary=escape.escape(summary(audit)),
        note="" if audit.cluster is None else f'<p class="note">{escape.escape(audit.cluster)}</p>',
        findings=_verdicts(findings),
        waived=_verdicts(audit.told("waived")),
        unjudged=_verdicts(audit.told("deferred")),
        coverage="\n".join(_framework(*each) for each in audit.coverage().items()),
        resources="\n".join(_of_type(*each) for each in sorted(_by_type(audit.judged).items())),
    )


def summary(audit: Audit) -> str:
    """In a sentence or two, for a terminal too."""
    objects = audit.count("cluster")
    where = f"{audit.count('state')} resources of the state" + (
        f" and {objects} objects of the cluster" if objects else ""
    )
    kinds = {"violation": "findings", "waived": "waived", "deferred": "not judged"}
    told = ", ".join(f"{len(audit.told(kind))} {words}" for kind, words in kinds.items())
    return f"{where}, {audit.checks} checks: {told}. {audit.at:%Y-%m-%d %H:%M} UTC."


def _verdicts(told: Sequence[tuple[Judged, Verdict]]) -> str:
    if not told:
        return '<p class="soft">None.</p>'
    heads = _row(("rule", "severity", "resource", "what is wrong"), cell="th")
    rows = "\n".join(
        _row((each.rule.name, each.rule.severity, f"{of.name} ({of.type}), {of.where}", each.message))
        for of, each in told
    )
    return f'<div class="wide"><table><thead>{heads}</thead><tbody>\n{rows}\n</tbody></table></div>'


def _framework(name: str, items: Mapping[str, str]) -> str:
    counts = Counter(items.values())
    told = ", ".join(f"{counts[word]} {word}" for word in WORDS if counts[word])
    marks = " ".join(
        f'<span class="{WORDS[word]}" title="{word}">{escape.escape(item)}</span>'
        for item, word in sorted(items.items())
    )
    told = f"{len(items)} items that our rules answer: {told}."
    return f'<h3>{escape.escape(name)}</h3><p>{told}</p><p class="items">{marks}</p>'


def _by_type(judged: Iterable[Judged]) -> Mapping[tuple[str, str], list[Judged]]:
    found: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for each in judged:
        found[each.type, each.where].append(each)
    return found


def _of_type(what: tuple[str, str], judged: Sequence[Judged]) -> str:
    token, where = what
    rules = judged[0].rules
    heads = _row(("", *(each.name for each in judged)), cell="th")
    body = "\n".join(_row((rule, *(_mark(each, rule) for each in judged)), escaped=False, head=True) for rule in rules)
    table = f'<div class="wide"><table class="matrix"><thead>{heads}</thead><tbody>\n{body}\n</tbody></table></div>'
    title = f"{escape.escape(token)}, {where}: {len(judged)}, {len(rules)} rules"
    return f"<details><summary>{title}</summary>{table if rules else '<p>No rule is on this type.</p>'}</details>"


def _mark(judged: Judged, rule: str) -> str:
    kinds = {each.kind for each in judged.verdicts if each.rule.name == rule}
    word = "found" if "violation" in kinds else "waived" if "waived" in kinds else "not judged" if kinds else "held"
    return f'<span class="{WORDS[word]}">{word}</span>'


def _row(cells: Iterable[str], *, cell: str = "td", escaped: bool = True, head: bool = False) -> str:
    texts = [escape.escape(each) if escaped else each for each in cells]
    tags = ["th" if head and not index else cell for index in range(len(texts))]
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in zip(tags, texts, strict=True)) + "</tr>"
