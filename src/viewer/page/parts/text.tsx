/** Text from outside: made visible, with links that wait for a confirmation, and with what was searched for marked. */
import { useMemo, useState } from 'preact/hooks'
import { linkify } from '../safe/links.ts'
import { visibleLines, visibleName } from '../safe/visible-text.ts'
import { LinkDialog } from './link-dialog.tsx'

/** Start and end (excluded) of what is to be marked in a text, ascending. */
export type Marker = (text: string) => readonly (readonly [start: number, end: number])[]

/** A name, subject or address, on one line. */
export function Name({ text, marks }: { readonly text: string; readonly marks?: Marker | undefined }) {
  const visible = visibleName(text)
  return <bdi>{marks ? <Marked text={visible} marks={marks} /> : visible}</bdi>
}

function Marked({ text, marks }: { readonly text: string; readonly marks: Marker }) {
  const pieces: (string | { readonly mark: string })[] = []
  let end = 0
  for (const [from, to] of marks(text)) {
    pieces.push(text.slice(end, from), { mark: text.slice(from, to) })
    end = to
  }
  pieces.push(text.slice(end))
  return <>{pieces.map((piece, at) => (typeof piece === 'string' ? piece : <mark key={at}>{piece.mark}</mark>))}</>
}

export interface PlainTextProps {
  readonly text: string
  readonly marks?: Marker | undefined
}

/** Text of several lines; quoted lines are set off. */
export function PlainText({ text, marks }: PlainTextProps) {
  const [link, setLink] = useState<string | null>(null)
  const blocks = useMemo(() => quoteBlocks(visibleLines(text)), [text])
  return (
    <div class={`plain-text ${hasColumns(text) ? 'columns' : ''}`} dir="auto">
      {blocks.map((block, at) => (
        <Block key={at} text={block.text} depth={block.depth} marks={marks} onLink={setLink} />
      ))}
      {link !== null && <LinkDialog address={link} onClose={() => setLink(null)} />}
    </div>
  )
}

/** Lines of a bill or a table, set with blanks: they only stand below each other where all letters are equally wide. */
function hasColumns(text: string): boolean {
  return (text.match(/^.*\S {3,}\S.*$/gm)?.length ?? 0) >= 2
}

interface BlockProps {
  readonly text: string
  readonly depth: number
  readonly marks: Marker | undefined
  readonly onLink: (address: string) => void
}

function Block({ text, depth, marks, onLink }: BlockProps) {
  const inside = linkify(text).map((piece, at) => {
    const shown = marks ? <Marked text={piece.text} marks={marks} /> : piece.text
    const { link } = piece
    if (link === undefined) return shown
    return (
      <button key={at} type="button" class="link" onClick={() => onLink(link)}>
        {shown}
      </button>
    )
  })
  return depth === 0 ? <p>{inside}</p> : <blockquote class={`quote depth-${Math.min(depth, 3)}`}>{inside}</blockquote>
}

interface QuoteBlock {
  readonly text: string
  readonly depth: number
}

function quoteBlocks(text: string): QuoteBlock[] {
  const blocks: { text: string; depth: number }[] = []
  for (const line of text.replace(/\n+$/, '').split('\n')) {
    const mark = /^(?:>\s?)+/.exec(line)?.[0] ?? ''
    const depth = mark.split('>').length - 1
    const last = blocks.at(-1)
    const rest = line.slice(mark.length)
    if (last && last.depth === depth) last.text += `\n${rest}`
    else blocks.push({ text: rest, depth })
  }
  return blocks
}
