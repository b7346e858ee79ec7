/** What START HERE.html adds to the first backup of a mailbox: the same one with it and without it, near the server and at home. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dovecot, startDovecot } from '../servers/dovecot.ts'
import { megabytes, seconds } from './aims.ts'
import { Lifeboat } from './contenders.ts'
import { startLine } from './line.ts'
import { fillMaildir, indexMailbox } from './mailbox.ts'
import type { Cost } from './measure.ts'
import { markdownTable } from './results.ts'

/** 100 Mbit a second, and 20 milliseconds there and back. */
const home = { rate: 12.5e6, way: 10 }
const share = 0.25

/** Needs root, as Dovecot does. Answers a table. */
export async function measureFirstRun(count: number, say: (line: string) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'))
  const server = await startDovecot({ users: { alice: 'wonderland' } })
  const line = await startLine(server, home.rate, home.way)
  try {
    const { messages, octets } = fillMaildir(server.home('alice'), count, 'mixed')
    await indexMailbox(server, 'alice')
    const rows: string[][] = []
    for (const [name, place] of [
      ['near the server', server],
      ['over 100 Mbit/s', line],
    ] as const) {
      const without = await firstRun(join(folder, name), { ...server, ...place }, messages, false)
      say(`${name}, without: ${seconds(without.wall)}`)
      const beside = await firstRun(join(folder, name), { ...server, ...place }, messages, true)
      say(`${name}, with: ${seconds(beside.wall)}`)
      const added = (beside.wall - without.wall) / beside.wall
      const part = `${Math.max(0, Math.round(100 * added))} %`
      rows.push([name, text(without), text(beside), part, `≤ ${100 * share} %`, added <= share ? 'yes' : '**no**'])
    }
    const table = markdownTable(['first backup', 'without', 'with START HERE.html', 'added to the time', 'aim', 'met'], rows)
    return `${messages.toLocaleString('en')} messages, ${megabytes(octets)}, from Dovecot\n\n${table}`
  } finally {
    await line.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstRun(folder: string, server: Dovecot, messages: number, viewer: boolean): Promise<Cost> {
  const lifeboat = Lifeboat.create(join(folder, viewer ? 'with' : 'without'), server, 'alice', 'wonderland')
  try {
    return await lifeboat.run(messages, viewer)
  } finally {
    lifeboat.clear()
  }
}

function text({ wall, cpu, memory }: Cost): string {
  return `${seconds(wall)}, CPU ${seconds(cpu)}, ${megabytes(memory)}`
}
