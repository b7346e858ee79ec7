import { describe, expect, it } from 'vitest'
import { canonicalPath, hrefKey, isSameCollection, lastName } from '../../../src/providers/dav/hrefs.ts'
import { octetsOf } from '../../../src/providers/dav/octets.ts'
import { escapeXml, type Name, readElements, type XmlElement } from '../../../src/providers/dav/xml.ts'
import { codeOf } from './account.ts'

const root: Name = '{DAV:}multistatus'

/** `step`: octets that arrive at once. */
async function read(xml: string | Uint8Array, step = 7): Promise<XmlElement[]> {
  const octets = Buffer.from(xml)
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < octets.length; at += step) yield octets.subarray(at, at + step)
  }
  const elements: XmlElement[] = []
  for await (const element of readElements(body(), root, 'dav.example.com')) elements.push(element)
  return elements
}

const wrap = (inner: string) => `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${inner}</d:multistatus>`

describe('answers in XML', () => {
  it('are read in pieces of any size, with prefixes of any name', async () => {
    const xml =
      '<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><response><href>/ä/𝄞</href><c:comp name="VEVENT"/></response><x:sync-token xmlns:x="DAV:">t</x:sync-token></multistatus>'
    for (const step of [1, 2, 3, 1_000]) {
      const elements = await read(xml, step)
      expect(elements.map(({ name, text }) => [name, text])).toEqual([
        ['{DAV:}response', ''],
        ['{DAV:}sync-token', 't'],
      ])
      expect(elements[0]?.children).toMatchObject([
        { name: '{DAV:}href', text: '/ä/𝄞' },
        { name: '{urn:ietf:params:xml:ns:caldav}comp', attributes: { name: 'VEVENT' } },
      ])
    }
  })

  it('keep every character of text: line ends, spaces, references, CDATA, control characters', async () => {
    const xml = wrap(
      '<d:x> a\r\nb&#13;&#10;c&#xD;\n\r\r&amp;&lt;&gt;>\r&quot;<![CDATA[<&amp;\r\n]]]]><![CDATA[>\r]]> \u0001\t</d:x>',
    )
    for (let step = 1; step <= xml.length; step++) {
      const [element] = await read(xml, step)
      expect(element?.text, `${step}`).toBe(' a\r\nb\r\nc\r\n\r\r&<>>\r"<&amp;\r\n]]>\r \u0001\t')
    }
  })

  it('are read in the encoding that they name or begin with', async () => {
    const xml = (encoding: string, text: string) =>
      `<?xml version="1.0" encoding="${encoding}"?>\n${wrap(`<d:x>${text}</d:x>`).replace(/^<\?.*?\?>/, '')}`
    const utf16 = Buffer.from(`\ufeff${xml('UTF-16', 'Zoë 漢')}`, 'utf16le')
    const cases: [Buffer, string][] = [
      [utf16, 'Zoë 漢'],
      [Buffer.from(utf16).swap16(), 'Zoë 漢'],
      [Buffer.from(xml('ISO-8859-1', 'Zoë'), 'latin1'), 'Zoë'],
      [Buffer.from(`\ufeff${xml('utf-8', 'Zoë 漢')}`), 'Zoë 漢'],
      [Buffer.from(xml('utf-16', 'Zoë 漢')), 'Zoë 漢'],
      [Buffer.from(xml('no-such', 'Zoë 漢')), 'Zoë 漢'],
      [Buffer.from(wrap('<d:x>encoding="latin1" Zoë</d:x>')), 'encoding="latin1" Zoë'],
    ]
    for (const [octets, text] of cases) {
      for (const step of [1, 3, 1_000]) expect((await read(octets, step)).map((element) => element.text)).toEqual([text])
    }
  })

  it('may refer to characters that XML has not, but for the text of an item', async () => {
    const [element] = await read(wrap('<d:x>a&#1;b&#x1F;&amp;c</d:x>'))
    expect(element?.text).toBe('a&#1;b&#x1F;&c')
    const item = '<d:x><c:calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav">a&#1;b</c:calendar-data></d:x>'
    expect(await codeOf(read(wrap(item)))).toBe('network')
  })

  it('may have line ends of any kind between and within tags, and around it all', async () => {
    const xml = `\r\n${wrap('\r\n<d:x\r\n>a</d:x\r\n>\r\n<!--\r\n--><d:y z="\r>\r"/>\r\n').replace('?>', '?>\r\n<!-- \r -->\r\n')}\r\n`
    for (const step of [1, 2, 5, 1_000]) expect((await read(xml, step)).map(({ text }) => text)).toEqual(['a', ''])
  })

  it.each([
    ['no XML', 'Hello'],
    ['another root', '<html xmlns="DAV:"><body/></html>'],
    ['the root of another namespace', '<multistatus xmlns="DAV"><response/></multistatus>'],
    ['no end', wrap('<d:response/>').slice(0, -5)],
    ['nothing', ''],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${wrap('&b;')}`],
    ['an unknown entity', wrap('<d:x>&nbsp;</d:x>')],
    ['crossed elements', wrap('<d:x><d:y></d:x></d:y>')],
    ['a prefix that stands for nothing', wrap('<e:x/>')],
    ['too many levels', wrap('<d:x>'.repeat(70) + '</d:x>'.repeat(70))],
  ])('are refused when they are %s', async (_, xml) => expect(await codeOf(read(xml, 1_000))).toBe('network'))

  it('are refused when one response has more parts than an honest one', async () => {
    expect(await codeOf(read(wrap(`<d:x>${'<d:y/>'.repeat(20_000)}</d:x>`), 65_536))).toBe('suspicious')
  })

  it('are refused when one part of them never ends', async () => {
    const piece = Buffer.from('x'.repeat(1 << 20))
    async function* endless(start: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(start)
      for (;;) yield piece
    }
    for (const start of ['<d:multistatus xmlns:d="DAV:"><d:x>', '<d:multistatus xmlns:d="DAV:"><d:x a="', '<!-- ']) {
      const reading = async () => {
        for await (const _ of readElements(endless(start), root, 'x'));
      }
      expect(await codeOf(reading())).toBe('suspicious')
    }
  })

  it('hand out each response before the next one has come', async () => {
    let sent = 0
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('<multistatus xmlns="DAV:">')
      for (; sent < 1_000; sent++) yield Buffer.from(`<response>${sent}</response>`)
      yield Buffer.from('</multistatus>')
    }
    let taken = 0
    for await (const element of readElements(body(), root, 'x')) {
      expect(element.text).toBe(String(taken++))
      expect(sent - taken).toBeLessThan(2)
    }
    expect(taken).toBe(1_000)
  })

  it('are asked for with what XML can hold', async () => {
    const text = 'a<b>&"\'\r\n\u0000\u0008\ud800\ufffe𝄞'
    const [element] = await read(wrap(`<d:x>${escapeXml(text)}</d:x>`))
    expect(element?.text).toBe('a<b>&"\'\r\n𝄞')
  })
})

describe('hrefs', () => {
  const base = new URL('https://dav.example.com/alice/book/')

  it.each([
    ['/alice/book/a%20b.vcf', '/alice/book/a%20b.vcf'],
    ['https://p42-dav.example.com:443/alice/book/a.vcf', '/alice/book/a.vcf'],
    ['a.vcf', '/alice/book/a.vcf'],
    ['/alice%2fbook/%7ea%2Evcf', '/alice%2Fbook/~a.vcf'],
    ['/alice/book/%c3%bc%40%2b.vcf', '/alice/book/%C3%BC@+.vcf'],
    ['/alice/book/ü@+.vcf', '/alice/book/%C3%BC@+.vcf'],
    [' /alice/book/a.vcf\n', '/alice/book/a.vcf'],
    ['/alice/book/%E9.vcf', '/alice/book/%E9.vcf'],
    ['/alice/book/%zz.vcf', '/alice/book/%zz.vcf'],
    ['/alice/book/x?id=1', '/alice/book/x?id=1'],
    ['../../etc/x', '/etc/x'],
  ])('%s is %s', (href, key) => {
    expect(hrefKey(href, base)).toBe(key)
    expect(hrefKey(key, base)).toBe(key)
  })

  it('that are none are passed over', () => {
    for (const href of ['', '   ', 'http://[', 'mailto:a@example.com', 'javascript:x', 'urn:uuid:1'])
      expect(hrefKey(href, base), href).toBeNull()
  })

  it('of collections are the same with and without the final slash', () => {
    expect(isSameCollection('/alice/book', '/alice/book/')).toBe(true)
    expect(isSameCollection('/alice/book2', '/alice/book/')).toBe(false)
    expect([lastName('/alice/my%20b%C3%BCcher/'), lastName('/a/%E9'), lastName('/')]).toEqual(['my bücher', '%E9', ''])
    expect(canonicalPath('/{a}|b')).toBe('/%7Ba%7D%7Cb')
  })
})

describe('octets of an item', () => {
  const crlf = 'BEGIN:VCARD\r\nFN:Zoë\r\nEND:VCARD\r\n'
  const lf = crlf.replaceAll('\r\n', '\n')

  it('are those that were sent where they have CR', () => {
    expect(octetsOf(crlf, null)).toEqual({ octets: Buffer.from(crlf), isSure: true })
    const mixed = crlf.replace('\r\n', '\n')
    expect(octetsOf(mixed, null)).toEqual({ octets: Buffer.from(mixed), isSure: true })
  })

  it('have CR LF where nothing else is known, and LF where the length says so', () => {
    expect(octetsOf(lf, null)).toEqual({ octets: Buffer.from(crlf), isSure: true })
    expect(octetsOf(lf, Buffer.byteLength(crlf))).toEqual({ octets: Buffer.from(crlf), isSure: true })
    expect(octetsOf(lf, Buffer.byteLength(lf))).toEqual({ octets: Buffer.from(lf), isSure: true })
  })

  it('are not sure where something is missing, spoilt or of another length', () => {
    for (const text of ['', crlf.trimEnd(), ` ${crlf}`, crlf.slice(5), crlf.replace('ë', '\ufffd'), `${crlf}\r\n`]) {
      expect(octetsOf(text, null).isSure, JSON.stringify(text)).toBe(false)
    }
    expect(octetsOf(crlf, 3).isSure).toBe(false)
    expect(octetsOf(crlf.trimEnd(), Buffer.byteLength(crlf.trimEnd())).isSure).toBe(true)
  })
})
