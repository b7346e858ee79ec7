/** Notebooks of one person. */
import { randomUUID } from 'node:crypto'

export class NotesStore {
  readonly sections = new Map<string, { readonly notebook: string; readonly name: string; modified: string }>()
  readonly pages = new Map<string, { readonly section: string; title: string; html: string; modified: string }>()
  readonly resources = new Map<string, { readonly octets: Buffer; readonly type: string }>()
  #changes = 0

  addSection(notebook: string, name: string): string {
    const id = `1-${randomUUID()}`
    this.sections.set(id, { notebook, name, modified: this.#now() })
    return id
  }

  addPage(section: string, title: string, html: string): string {
    const id = `1-${randomUUID()}!1`
    this.pages.set(id, { section, title, html, modified: this.#now() })
    this.#touch(section)
    return id
  }

  editPage(id: string, html: string): void {
    const page = this.pages.get(id)
    if (page === undefined) throw new Error(`no page ${id}`)
    Object.assign(page, { html, modified: this.#now() })
    this.#touch(page.section)
  }

  addResource(octets: Buffer, type: string): string {
    const id = `1-${randomUUID()}`
    this.resources.set(id, { octets, type })
    return id
  }

  #touch(section: string): void {
    const known = this.sections.get(section)
    if (known !== undefined) known.modified = this.#now()
  }

  #now(): string {
    return new Date(Date.UTC(2025, 0, 1) + ++this.#changes * 1_000).toISOString()
  }
}
