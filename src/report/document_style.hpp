#pragma once

namespace cef::report {

/// Steps, lines and marks differ by pattern, dash and shape as well as by colour: paper may be black and white.
/// Colours after Okabe and Ito, told apart by the colour-blind, with a lighter set for dark screens.
inline constexpr const char* k_document_style = R"css(
:root{--ink:#1b1f24;--soft:#57606a;--page:#fff;--rule:#d0d7de;--band:#f3f5f7;--base:#0b5394;--adv:#b34700;--alt:#5b2c83;
--good:#116329;--bad:#a40e26;--warn:#7a4b00;--grid:#e1e5ea;--step1:#9aa4ae;--step2:#6b7680;--step3:#56b4e9;--step4:#e69f00;
--step5:#0072b2;--step6:#cc79a7}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a5aeb8;--page:#14181d;--rule:#3a434d;--band:#1d232a;
--base:#79b8ff;--adv:#ffab66;--alt:#d2a8ff;--good:#56d364;--bad:#ff8b8b;--warn:#f0c040;--grid:#2a3138;--step1:#7d8894;
--step2:#b3bcc6;--step3:#56b4e9;--step4:#e69f00;--step5:#4a9ad4;--step6:#d98fb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 "Noto Sans","Noto Sans KR","Noto Sans CJK KR",
"Apple SD Gothic Neo","Malgun Gothic",system-ui,sans-serif;word-break:keep-all;overflow-wrap:break-word}
main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:20px;margin:36px 0 8px;padding-top:10px;border-top:2px solid var(--ink)}
h3{font-size:16px;margin:22px 0 6px}p{margin:6px 0}.soft,.note{color:var(--soft)}.note{font-size:13px}
p.verdict{font-size:22px;font-weight:700;border:3px solid currentColor;padding:6px 16px;margin:14px 0;display:inline-block}
.pass{color:var(--good)}.fail{color:var(--bad)}.invalid{color:var(--warn)}td.pass,td.fail,td.invalid,td.strong{font-weight:700}
.scroll{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;font-size:13.5px;width:100%}caption{text-align:left;font-weight:600;padding:4px 0}
th,td{border-bottom:1px solid var(--rule);padding:4px 8px;text-align:left;vertical-align:top}.key{white-space:nowrap}.long{overflow-wrap:anywhere;word-break:normal}
th{border-bottom:2px solid var(--soft);font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody tr:nth-child(even){background:var(--band)}
pre{background:var(--band);border:1px solid var(--rule);padding:10px;white-space:pre-wrap;font-size:13px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:18px 24px;margin:10px 0}
figure{margin:0;min-width:0}figure.wide{grid-column:1/-1}figcaption{font-weight:600;margin-bottom:4px}
svg{width:100%;height:auto;display:block}svg text{font-size:12px;fill:var(--ink);paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}
svg .small{font-size:11px;fill:var(--soft)}svg .strong{font-weight:700}svg .end{fill:var(--soft)}
svg .axis{stroke:var(--soft);stroke-width:1}svg .grid{stroke:var(--grid);stroke-width:1}
svg .limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 3}
svg .bar{stroke:var(--ink);stroke-width:.8}
svg .base{stroke:var(--base);stroke-width:2.2;fill:none}
svg .adv{stroke:var(--adv);stroke-width:2.2;stroke-dasharray:7 3;fill:none}
svg .alt{stroke:var(--alt);stroke-width:2;stroke-dasharray:2 3;fill:none}
svg .front{stroke:var(--soft);stroke-width:1.4;stroke-dasharray:5 4;fill:none}
svg .base-mark{fill:var(--base);stroke:var(--page);stroke-width:1}svg .adv-mark{fill:var(--adv);stroke:var(--page);stroke-width:1}
svg .hollow{fill:var(--page);stroke:var(--ink);stroke-width:1.6}svg .solid{fill:var(--ink);stroke:var(--page);stroke-width:1}
svg .range{stroke:var(--soft);stroke-width:1.6}svg .leader{stroke:var(--soft);stroke-width:.7}
svg text.base-text{fill:var(--base);font-weight:600}svg text.adv-text{fill:var(--adv);font-weight:600}
svg text.alt-text{fill:var(--alt);font-weight:600}
.patterns{position:absolute;width:0;height:0}
.s1{fill:var(--step1)}.s2{fill:var(--step2)}.s3{fill:var(--step3)}.s4{fill:var(--step4)}.s5{fill:var(--step5)}.s6{fill:var(--step6)}
.ink{stroke:var(--ink);fill:none;stroke-width:1}.dot{fill:var(--ink)}
@media print{:root{--ink:#000;--soft:#444;--page:#fff;--rule:#999;--band:#f5f5f5;--base:#0b5394;--adv:#b34700;--alt:#5b2c83;
--good:#000;--bad:#000;--warn:#000;--grid:#ddd;--step1:#9aa4ae;--step2:#6b7680;--step3:#56b4e9;--step4:#e69f00;
--step5:#4a9ad4;--step6:#cc79a7}
@page{size:A4;margin:14mm 12mm}body{font-size:10.5pt}main{max-width:none;padding:0}table{font-size:8.5pt}
th,td{padding:2px 5px}table.dense{font-size:7pt}table.dense th,table.dense td{padding:2px 3px}
h2,h3,caption{break-after:avoid}figure,tr,p.verdict{break-inside:avoid}.scroll{overflow:visible}thead{display:table-header-group}
.figures{grid-template-columns:1fr 1fr;gap:12px 16px}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
)css";

/// The fills of the six steps: a colour with a pattern of its own.
inline constexpr const char* k_document_patterns = R"svg(<svg class="patterns" aria-hidden="true"><defs>
<pattern id="p1" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="s1" width="6" height="6"/></pattern>
<pattern id="p2" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="s2" width="6" height="6"/><path class="ink" d="M0 3H6"/></pattern>
<pattern id="p3" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="s3" width="8" height="8"/><path class="ink" d="M-2 2L2 -2M0 8L8 0M6 10L10 6"/></pattern>
<pattern id="p4" width="7" height="7" patternUnits="userSpaceOnUse"><rect class="s4" width="7" height="7"/><circle class="dot" cx="3.5" cy="3.5" r="1.3"/></pattern>
<pattern id="p5" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="s5" width="6" height="6"/></pattern>
<pattern id="p6" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="s6" width="8" height="8"/><path class="ink" d="M0 0L8 8M8 0L0 8"/></pattern>
</defs></svg>
)svg";

}  // namespace cef::report
