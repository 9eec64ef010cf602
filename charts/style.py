"""The style of a page and of its charts, by light and by dark."""

COLOURS = 6
"""Colours of series; a chart with more of them begins anew."""

_LIGHT = (
    "--ink:#1c2733;--soft:#55606e;--line:#d8dee5;--faint:#e9edf1;--paper:#fff;--raised:#f5f8fb;--accent:#2563a8;"
    "--good:#1d7a46;--bad:#b3261e;--badge:#1c2733;--on-badge:#fff;--shade:#b3261e14;"
    "--c0:#2563a8;--c1:#d9822b;--c2:#2e8b57;--c3:#8a5bb0;--c4:#c2415d;--c5:#1b8f97"
)
_DARK = (
    "--ink:#e6ebf1;--soft:#9aa7b5;--line:#33404d;--faint:#26313c;--paper:#12181f;--raised:#1a222b;--accent:#6aa9ea;"
    "--good:#58c48a;--bad:#f1837b;--badge:#e6ebf1;--on-badge:#12181f;--shade:#f1837b1c;"
    "--c0:#6aa9ea;--c1:#f0a860;--c2:#6cc795;--c3:#bd95e0;--c4:#f08aa2;--c5:#5fcbd3"
)
"""Names of colours; every rule below takes one of them."""

_SERIES = "".join(
    f".fill{n}{{fill:var(--c{n})}}.line{n}{{stroke:var(--c{n});fill:none;stroke-width:2;stroke-linejoin:round}}"
    for n in range(COLOURS)
)

STYLE = f"""\
:root{{color-scheme:light dark;{_LIGHT}}}
@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:1120px;margin:2rem auto;padding:0 1rem;color:var(--ink);\
background:var(--paper)}}
h1{{margin-bottom:.2rem}}h2{{margin-top:2.4rem;border-bottom:2px solid var(--accent);padding-bottom:.2rem}}
.note{{color:var(--soft)}}dl{{display:grid;grid-template-columns:11rem 1fr;gap:.5rem 1rem}}dt{{font-weight:600}}
dd{{margin:0}}li{{margin:.3rem 0}}.warning,.bad{{color:var(--bad)}}.good{{color:var(--good)}}.scroll{{overflow-x:auto}}
.verdict{{border-left:6px solid;padding:.6rem 1rem;font-size:1.15rem;background:var(--raised);border-radius:4px}}
.cards{{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.8rem;margin:1.2rem 0}}
.cards div{{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:.6rem .9rem}}
.cards b{{display:block;font-size:1.5rem;line-height:1.3}}.cards span{{color:var(--soft);font-size:.85rem}}
table{{border-collapse:collapse;margin:.8rem 0;font-size:14px}}
td,th{{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}}
td:first-child{{white-space:nowrap}}
td.n,th.n{{text-align:right;white-space:nowrap}}th{{color:var(--soft);font-weight:600}}tr:hover td{{\
background:var(--raised)}}
.charts{{display:grid;grid-template-columns:1fr 1fr;gap:1rem}}.charts.one{{grid-template-columns:1fr}}
svg{{width:100%;height:auto;border:1px solid var(--line);border-radius:6px}}
code{{background:var(--faint);padding:0 .2rem}}
.title{{font:600 14px system-ui,sans-serif;fill:var(--ink)}}.axis{{font:11px system-ui,sans-serif;fill:var(--soft)}}
.value{{font:10px system-ui,sans-serif;fill:var(--ink)}}.grid{{stroke:var(--faint)}}
.mark{{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}}
.event{{stroke:var(--soft);stroke-dasharray:3 3;fill:none}}.shade{{fill:var(--shade)}}
.badge{{fill:var(--badge)}}.sign{{font:600 10px system-ui,sans-serif;fill:var(--on-badge)}}
.on{{font:600 11px system-ui,sans-serif;fill:var(--paper)}}.events{{list-style:none;padding:0;columns:2 26rem;gap:2rem}}
.events li{{display:grid;grid-template-columns:1.5rem 3.8rem 1fr;gap:.5rem;break-inside:avoid}}
.events i{{font:600 11px/1.3rem system-ui,sans-serif;width:1.3rem;height:1.3rem;border-radius:50%;text-align:center;\
background:var(--badge);color:var(--on-badge)}}
.events time{{color:var(--soft);text-align:right;font-variant-numeric:tabular-nums}}
@media(max-width:760px){{.charts,dl{{grid-template-columns:1fr}}}}
{_SERIES}
"""
"""The style, within the page: nothing is loaded."""
