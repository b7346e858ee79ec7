/** The part of `sax` that is used here. */
declare module 'sax' {
  interface Attribute {
    readonly uri: string
    readonly local: string
    readonly value: string
  }

  interface Tag {
    readonly uri: string
    readonly local: string
    readonly attributes: Readonly<Record<string, Attribute>>
  }

  interface Parser {
    onopentag: (tag: Tag) => void
    onclosetag: (name: string) => void
    ontext: (text: string) => void
    oncdata: (text: string) => void
    ondoctype: (doctype: string) => void
    onerror: (error: Error) => void
    write(text: string): Parser
    close(): Parser
  }

  interface Options {
    readonly xmlns: true
    readonly position: false
    readonly strictEntities: true
  }

  const sax: { parser(strict: true, options: Options): Parser }
  export = sax
}
