-- page_style: the style of the page, for light and dark, wide and narrow.

return [[
:root{--paper:#FFFFFF;--card:#FFFFFF;--wash:#F4F6F7;--ink:#1B2126;--soft:#5B6670;--line:#DDE3E7;--axis:#98A3AD;
--ref:#22577A;--reffill:#A9C3D4;--cur:#B4530A;--curfill:#E59A5C;--bad:#A8322A;--badwash:#FBEDEB;--good:#2F6B35;
--goodwash:#EAF3EA}
@media (prefers-color-scheme:dark){:root{--paper:#14181C;--card:#1B2126;--wash:#242C33;--ink:#E8ECEF;--soft:#A4AEB7;
--line:#2C343B;--axis:#66717B;--ref:#7FB2D1;--reffill:#3E6680;--cur:#F0A35E;--curfill:#B8702F;--bad:#F09A90;
--badwash:#3A2422;--good:#8CC785;--goodwash:#1F2E22}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",
Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;margin:40px 0 14px}
a{color:inherit;text-underline-offset:3px;text-decoration-color:var(--axis)}
.rows{color:var(--soft);margin:0 0 20px;display:flex;flex-wrap:wrap;gap:4px 18px}
.rows span{white-space:nowrap}
.rows i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:7px;vertical-align:-1px}
.ref i{background:var(--reffill);box-shadow:inset 0 0 0 1.5px var(--ref)}
.cur i{background:var(--curfill);box-shadow:inset 0 0 0 1.5px var(--cur)}
.verdict{border-radius:10px;padding:16px 20px;border:1px solid var(--line);border-left:5px solid var(--good);
background:var(--goodwash)}
.verdict.bad{border-left-color:var(--bad);background:var(--badwash)}
.verdict.open{border-left-color:var(--cur);background:var(--wash)}
.verdict strong{font-size:18px;display:block}
.verdict p{margin:4px 0 0;color:var(--soft)}
.found{list-style:none;margin:12px 0 0;padding:0}
.found li{display:flex;gap:2px 16px;padding:7px 0;border-top:1px solid var(--line)}
.found a{flex:0 0 210px;font-weight:600;overflow-wrap:anywhere}
.found span{overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(310px,1fr));gap:18px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px 14px;min-width:0;
scroll-margin-top:16px;display:flex;flex-direction:column}
.card.bad{border-color:var(--bad)}
.card:target{outline:2px solid var(--ref);outline-offset:2px}
.card header{display:flex;align-items:flex-start;gap:10px;justify-content:space-between}
.card h3{font-size:15px;line-height:1.35;margin:0;overflow-wrap:anywhere}
.card .kind{font-size:12.5px;color:var(--soft);margin:0 0 8px}
.pill{flex:none;font-size:12px;line-height:1.2;font-weight:600;padding:4px 9px;border-radius:99px;white-space:nowrap;
background:var(--wash);color:var(--soft)}
.bad .pill,.pill.bad{background:var(--badwash);color:var(--bad)}
.good .pill,.pill.good{background:var(--goodwash);color:var(--good)}
.card svg{display:block;width:100%;max-width:440px;height:auto}
.none{display:flex;align-items:center;justify-content:center;text-align:center;min-height:120px;color:var(--soft);
background:var(--wash);border-radius:6px;padding:12px;font-size:13.5px}
.why{font-size:13.5px;margin:10px 0 0;color:var(--bad);overflow-wrap:anywhere}
.why.aside{color:var(--soft)}
.figures{width:100%;border-collapse:collapse;font-size:13px;margin-top:10px}
.figures th,.figures td{padding:2px 0 2px 10px;text-align:right;font-weight:400;white-space:nowrap}
.figures th:first-child{text-align:left;padding-left:0;color:var(--soft)}
.figures thead th{color:var(--soft);font-size:12px}
.figures tr.bad td{color:var(--bad);font-weight:600}
.tests{display:flex;flex-wrap:wrap;gap:2px 16px;margin:10px 0 0;padding-top:8px;border-top:1px solid var(--line);
font-size:13px;color:var(--soft)}
.tests b{font-weight:600;color:var(--ink)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}
.all{border-collapse:collapse;width:100%;font-size:13.5px}
.all th,.all td{padding:6px 14px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
.all thead th{border-top:0;background:var(--wash);color:var(--soft);font-weight:600}
.all th:first-child{text-align:left;font-weight:400}
.all td:last-child,.all thead th:last-child{text-align:left}
.foot{color:var(--soft);font-size:13px;margin-top:28px;max-width:75ch}
svg text{font:11px system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;fill:var(--soft)}
svg .new{fill:var(--bad);font-weight:600}
svg .grid{stroke:var(--line)}svg .axis{stroke:var(--axis)}
svg .r{fill:var(--reffill)}svg .c{fill:var(--curfill);fill-opacity:.45}
svg .rl{fill:none;stroke:var(--ref);stroke-width:1.4}svg .cl{fill:none;stroke:var(--cur);stroke-width:1.8}
svg .rb{fill:var(--reffill)}svg .cb{fill:var(--cur)}
svg .rm{fill:var(--ref)}svg .cm{fill:var(--cur)}
svg .at{fill:transparent}svg .at:hover{fill:var(--axis);fill-opacity:.18}
@media (max-width:640px){main{padding:20px 14px 48px}h1{font-size:22px}.cards{grid-template-columns:minmax(0,1fr)}
.found li{display:block}.found a{display:block}.verdict{padding:14px 16px}.card{padding:14px}}
@media print{.card{break-inside:avoid}}
]]
