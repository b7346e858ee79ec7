/** The programs that Lifeboat is compared with over CardDAV, CalDAV and WebDAV. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DavServer } from '../servers/dav-server.ts'
import type { WebdavServer } from '../servers/webdav.ts'
import type { Copier } from './contenders.ts'
import { type Cost, measure } from './measure.ts'

/** Debian's vdirsyncer, to a vdir for the contacts and one for the calendar. */
export class Vdirsyncer implements Copier {
  readonly name = 'vdirsyncer'
  readonly #folder: string
  readonly #config: string

  constructor(folder: string, server: DavServer) {
    this.#folder = folder
    this.#config = join(folder, 'config')
    mkdirSync(folder, { recursive: true })
    const value = (text: string) => JSON.stringify(text)
    const sections = [
      `[general]\nstatus_path = ${value(join(folder, 'status'))}`,
      ...(['contacts', 'calendar'] as const).map((service) => {
        const type = service === 'contacts' ? 'carddav' : 'caldav'
        const local = `type = "filesystem"\npath = ${value(join(folder, service))}\nfileext = ".${service === 'contacts' ? 'vcf' : 'ics'}"`
        const remote = `type = "${type}"\nurl = ${value(`${server.url}/`)}\nusername = ${value(server.user)}\npassword = ${value(server.password)}`
        const pair = `[pair ${service}]\na = "${service}_near"\nb = "${service}_far"\ncollections = ["${service}"]`
        return `${pair}\n\n[storage ${service}_near]\n${local}\n\n[storage ${service}_far]\n${remote}`
      }),
    ]
    writeFileSync(this.#config, `${sections.join('\n\n')}\n`, { mode: 0o600 })
  }

  clear(): void {
    for (const name of ['status', 'contacts', 'calendar']) rmSync(join(this.#folder, name), { recursive: true, force: true })
    for (const service of ['contacts', 'calendar']) mkdirSync(join(this.#folder, service, service), { recursive: true })
    const { status, stderr } = spawnSync('vdirsyncer', ['-c', this.#config, 'discover'], { encoding: 'utf8', input: 'y\ny\n' })
    if (status !== 0) throw new Error(stderr)
  }

  async run(items: number): Promise<Cost> {
    const { stdout: _, ...cost } = await measure({ argv: ['vdirsyncer', '-c', this.#config, '-v', 'ERROR', 'sync'] })
    const copied = ['contacts', 'calendar'].reduce((sum, name) => sum + readdirSync(join(this.#folder, name, name)).length, 0)
    if (copied !== items) throw new Error(`vdirsyncer copied ${copied} of ${items}.`)
    return cost
  }
}

/** Debian's rclone, with its four transfers at once. */
export class RcloneCopy implements Copier {
  readonly name = 'rclone copy'
  readonly #config: string
  readonly #copy: string

  constructor(folder: string, { url, user, password }: WebdavServer) {
    this.#config = join(folder, 'rclone.conf')
    this.#copy = join(folder, 'copy')
    mkdirSync(folder, { recursive: true })
    const obscured = spawnSync('rclone', ['obscure', '-'], { input: password, encoding: 'utf8' }).stdout.trim()
    const lines = ['[far]', 'type = webdav', `url = ${url}`, 'vendor = other', `user = ${user}`, `pass = ${obscured}`]
    writeFileSync(this.#config, `${lines.join('\n')}\n`, { mode: 0o600 })
  }

  clear(): void {
    rmSync(this.#copy, { recursive: true, force: true })
  }

  async run(items: number): Promise<Cost> {
    const { stdout: _, ...cost } = await measure({ argv: ['rclone', '--config', this.#config, 'copy', 'far:', this.#copy] })
    const entries = readdirSync(this.#copy, { recursive: true, withFileTypes: true })
    const copied = entries.filter((entry) => entry.isFile()).length
    if (copied < items) throw new Error(`rclone copied ${copied} of ${items}.`)
    return cost
  }
}

export class Floors {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** Both collections, one after the other. @throws unless the server answers at least so many members */
  async sync(mode: 'full' | 'same', server: DavServer, members: number): Promise<Cost> {
    const costs: Cost[] = []
    let seen = 0
    for (const service of ['contacts', 'calendar'] as const) {
      const url = `${server.url}${server.homes[service]}${service}/`
      const state = join(this.#folder, service)
      const floor = fileURLToPath(import.meta.resolve('./floors/dav-sync.ts'))
      const { stdout, ...cost } = await measure({
        argv: [process.execPath, floor, mode, url, state, server.user, server.password],
      })
      costs.push(cost)
      seen += Number(stdout)
    }
    if (seen < members) throw new Error(`The floor saw ${seen} of ${members}.`)
    return total(costs)
  }

  async webdav(mode: 'get' | 'list', server: WebdavServer, atLeast: number): Promise<Cost> {
    const floor = fileURLToPath(import.meta.resolve('./floors/webdav.ts'))
    const { stdout, ...cost } = await measure({ argv: [process.execPath, floor, mode, server.url, server.user, server.password] })
    if (Number(stdout) < atLeast) throw new Error(`The floor saw ${stdout} of ${atLeast}.`)
    return cost
  }
}

function total(costs: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => number) => costs.reduce((all, cost) => all + of(cost), 0)
  return { wall: sum(({ wall }) => wall), cpu: sum(({ cpu }) => cpu), memory: Math.max(...costs.map(({ memory }) => memory)) }
}
