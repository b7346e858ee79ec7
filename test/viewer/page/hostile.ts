/** Markup that wants out: the corpus, and every way we know to load something, to lead somewhere or to run. */
import { readFileSync } from 'node:fs'
import { corpus } from '../../fixtures/corpus.ts'

/** Vectors that are put into one message: few enough that they stay apart, and fewer messages. */
const linesAtOnce = 40
const vectorsAtOnce = 3

/** From the corpus: whole files, and the vectors of the collections and lists in parts. */
export function corpusPayloads(): string[] {
  return corpus('html').flatMap(({ name, path }) => {
    const text = readFileSync(path, 'utf8')
    if (name === 'H5SC__items.json') {
      return inParts(
        (JSON.parse(text) as { data: string }[]).map(({ data }) => withoutPlaces(data)),
        vectorsAtOnce,
      )
    }
    if (name === 'DOMPurify__expect.json') {
      return inParts(
        (JSON.parse(text) as { payload: string }[]).map(({ payload }) => payload),
        vectorsAtOnce,
      )
    }
    if (!name.endsWith('.txt')) return [text]
    return inParts(
      withoutPlaces(text)
        .split('\n')
        .filter((line) => line.trim() !== ''),
      linesAtOnce,
    )
  })
}

export function inParts(payloads: readonly string[], count: number): string[] {
  return Array.from({ length: Math.ceil(payloads.length / count) }, (_, at) =>
    payloads.slice(at * count, (at + 1) * count).join('\n<p>'),
  )
}

/** The collection leaves places for what is to run. */
function withoutPlaces(text: string): string {
  return text.replaceAll(/%(\w+)%/g, (_, name: string) => (name.includes('uri') ? 'javascript:alert(1)' : 'alert(1)'))
}

/** @param url makes an address; each has a host of its own, or the server's */
export function loadPayloads(url: (way: string) => string): string[] {
  let count = 0
  const u = (): string => url(`w${count++}`)
  const css = (rule: string): string[] => [
    `<style>${rule}</style><p class="x">x</p>`,
    `<div style="${/\{([^}]*)\}/.exec(rule)?.[1] ?? ''}">x</div>`,
  ]
  return [
    `<img src="${u()}">`,
    `<img src=x srcset="${u()} 1x, ${u()} 2x">`,
    `<img lowsrc="${u()}" dynsrc="${u()}">`,
    `<picture><source srcset="${u()}"><img src="${u()}"></picture>`,
    `<video poster="${u()}" src="${u()}" autoplay><track default src="${u()}"></video>`,
    `<audio src="${u()}" autoplay preload></audio><bgsound src="${u()}">`,
    `<iframe src="${u()}"></iframe><frameset><frame src="${u()}"></frameset>`,
    `<iframe srcdoc="<img src='${u()}'><script>parent.ran.push(1)</script>"></iframe>`,
    `<object data="${u()}"></object><embed src="${u()}"><applet code="${u()}"></applet>`,
    `<link rel="stylesheet" href="${u()}"><link rel="prefetch" href="${u()}"><link rel="preload" as="image" href="${u()}">`,
    `<link rel="dns-prefetch" href="${u()}"><link rel="preconnect" href="${u()}"><link rel="prerender" href="${u()}">`,
    `<link rel="icon" href="${u()}"><link rel="manifest" href="${u()}"><link rel="modulepreload" href="${u()}">`,
    `<a href="${u()}">link</a><a href="${u()}" ping="${u()}" target="_top">link</a><area href="${u()}">`,
    `<base href="${u()}"><img src="relative.png"><a href="relative">x</a>`,
    `<base target="_top"><a href="${u()}">x</a>`,
    `<meta http-equiv="refresh" content="0;url=${u()}">`,
    `<meta http-equiv="Set-Cookie" content="a=b"><meta http-equiv="Content-Security-Policy" content="img-src *"><img src="${u()}">`,
    `<form action="${u()}"><input type="image" src="${u()}"><input type="submit"><button formaction="${u()}">x</button></form>`,
    `<form id="f" action="${u()}" target="_top"></form><button form="f">x</button><isindex action="${u()}" type="image">`,
    `<table background="${u()}"><tr><td background="${u()}">x</table><body background="${u()}">`,
    ...css(`.x { background: url(${u()}) }`),
    ...css(`.x { background-image: image-set(url(${u()}) 1x) }`),
    ...css(`.x { background-image: -webkit-image-set(url(${u()}) 1x) }`),
    ...css(`.x { list-style: url(${u()}); display: list-item }`),
    ...css(`.x { content: url(${u()}) }`),
    ...css(`.x { cursor: url(${u()}), auto }`),
    ...css(`.x { mask: url(${u()}); -webkit-mask-image: url(${u()}) }`),
    ...css(`.x { filter: url(${u()}#a); clip-path: url(${u()}#a) }`),
    ...css(`.x { border-image: url(${u()}) 1; shape-outside: url(${u()}) }`),
    ...css(`.x { background: \\75 rl(${u()}) }`),
    ...css(`.x { background: u\\72l(${u()}) }`),
    ...css(`.x { --a: url(${u()}); background: var(--a) }`),
    ...css(`.x { background: \u0001${u()}\u0001 }`),
    ...css(`.x { background: image(${u()}); background: cross-fade(url(${u()}), url(${u()})) }`),
    `<style>@import "${u()}"; @import url(${u()});</style>`,
    `<style>@im\\port "${u()}";</style><style>@\\69mport url(${u()});</style>`,
    `<style>@font-face { font-family: a; src: url(${u()}) } .x { font-family: a }</style><p class="x">x</p>`,
    `<style>@namespace url(${u()}); @charset "utf-8"; a::before { content: url(${u()}) }</style><a>x</a>`,
    `<style>.x { background: u/**/rl(${u()}) } /*</style><img src="${u()}">*/</style>`,
    `<svg><image href="${u()}"/><image xlink:href="${u()}"/><use href="${u()}#a"/><feImage href="${u()}"/></svg>`,
    `<svg><style>@import "${u()}";</style><a xlink:href="${u()}"><text y="20">x</text></a><script href="${u()}"></script></svg>`,
    `<svg><set attributeName="href" to="${u()}"/><animate attributeName="xlink:href" values="${u()}"/></svg>`,
    `<math href="${u()}"><mtext><a xlink:href="${u()}">x</a></mtext></math>`,
    `<noscript><img src="${u()}"></noscript><template><img src="${u()}"></template><xmp><img src="${u()}"></xmp>`,
    `<script src="${u()}"></script><script type="module">import "${u()}"</script>`,
    `<div><!--[if gte IE 4]><img src="${u()}"><![endif]--><!--><img src="${u()}">--></div>`,
    `<img src="//${new URL(u()).host}/a.png"><img src="file://${new URL(u()).hostname}/share/a.png"><img src="\\\\${new URL(u()).hostname}\\share">`,
    `<a href="file://${new URL(u()).hostname}/x">x</a><a href="\\\\${new URL(u()).hostname}\\share">x</a><a href="//${new URL(u()).host}/">x</a>`,
    `<img src="../../../../etc/passwd"><img src="file:///etc/hostname"><link rel="stylesheet" href="file:///etc/hostname">`,
    `<input autofocus onfocus="top.ran.push(1)"><details open ontoggle="top.ran.push(1)"><video><source onerror="top.ran.push(1)"></video></details>`,
    `<a href="javascript:top.ran.push(1)">x</a><a href="jav&#x09;ascript:top.ran.push(1)">x</a><a href="data:text/html,<script>top.ran.push(1)</script>">x</a>`,
    `<a href="vbscript:x">x</a><a href="javascript&colon;top.ran.push(1)">x</a><a href="blob:null/x">x</a><a href="about:blank" target="_top">x</a>`,
    `<iframe src="javascript:top.ran.push(1)"></iframe><iframe src="data:text/html,<script>top.ran.push(1)</script>"></iframe>`,
    `<svg onload="top.ran.push(1)"><script>top.ran.push(1)</script><foreignObject><img src=x onerror="top.ran.push(1)"></foreignObject></svg>`,
    `</script><script>top.ran.push(1)</script>]]></style><script>top.ran.push(1)</script><!--<script>`,
    `<p id="main">x</p><a name="contentDocument">x</a><form name="body"><input name="attributes"></form><img name="getElementById">`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=top.ran.push(1)&gt;"></table>`,
    `<form><math><mtext></form><form><mglyph><style></math><img src onerror=top.ran.push(1)>`,
    `<svg></p><style><a id="</style><img src=1 onerror=top.ran.push(1)>">`,
    `<noscript><p title="</noscript><img src=x onerror=top.ran.push(1)>">`,
    `<div data-link="javascript:top.ran.push(1)" tabindex="0">x</div><a data-link="${u()}">x</a>`,
  ]
}
