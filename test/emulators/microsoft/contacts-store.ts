/** Contacts of one person: folders in folders, each with what changed in it; pictures that no delta tells of. */
import { randomBytes } from 'node:crypto'
import type { Contact } from '@microsoft/microsoft-graph-types'
import { DeltaLog } from './odata.ts'

export interface ContactFolder {
  readonly id: string
  displayName: string
  readonly parentId: string
  readonly log: DeltaLog
}

export interface StoredContact {
  readonly id: string
  folderId: string
  contact: Contact
  photo: Buffer | null
  change: number
}

const newId = (): string => `AAkALg${randomBytes(60).toString('base64url')}=`

export class ContactsStore {
  readonly folders = new Map<string, ContactFolder>()
  readonly contacts = new Map<string, StoredContact>()
  readonly folderLog = new DeltaLog()
  readonly main: ContactFolder
  /** Ids at which Microsoft fails. */
  readonly unavailable = new Set<string>()
  #changes = 0

  constructor() {
    this.main = this.addFolder('Contacts', 'root')
  }

  addFolder(displayName: string, parentId = this.main.id): ContactFolder {
    const folder = { id: newId(), displayName, parentId, log: new DeltaLog() }
    this.folders.set(folder.id, folder)
    this.folderLog.touch(folder.id)
    return folder
  }

  deleteFolder(id: string): void {
    for (const one of this.contacts.values()) if (one.folderId === id) this.contacts.delete(one.id)
    for (const { id: below, parentId } of this.folders.values()) if (parentId === id) this.deleteFolder(below)
    this.folders.delete(id)
    this.folderLog.remove(id)
  }

  add(contact: Contact, folder: ContactFolder = this.main): StoredContact {
    const stored = { id: newId(), folderId: folder.id, contact, photo: null, change: ++this.#changes }
    this.contacts.set(stored.id, stored)
    folder.log.touch(stored.id)
    return stored
  }

  edit(id: string, contact: Contact): void {
    const stored = this.one(id)
    stored.contact = contact
    this.#touch(stored)
  }

  move(id: string, to: ContactFolder): void {
    const stored = this.one(id)
    this.folders.get(stored.folderId)?.log.remove(id)
    stored.folderId = to.id
    this.#touch(stored)
  }

  /** Neither the version of the contact nor any delta says so. */
  setPhoto(id: string, photo: Buffer): void {
    this.one(id).photo = photo
  }

  delete(id: string): void {
    const { folderId } = this.one(id)
    this.contacts.delete(id)
    this.folders.get(folderId)?.log.remove(id)
  }

  in(folder: ContactFolder): StoredContact[] {
    return [...this.contacts.values()].filter(({ folderId }) => folderId === folder.id)
  }

  one(id: string): StoredContact {
    const stored = this.contacts.get(id)
    if (stored === undefined) throw new Error(`no contact ${id}`)
    return stored
  }

  #touch(stored: StoredContact): void {
    stored.change = ++this.#changes
    this.folders.get(stored.folderId)?.log.touch(stored.id)
  }
}
