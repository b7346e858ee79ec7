/** Contacts of Microsoft Graph v1.0: `contactFolder`, `contact` and `profilePhoto`. */
import { createHash } from 'node:crypto'
import type { Contact, ContactFolder as FolderType, ProfilePhoto } from '@microsoft/microsoft-graph-types'
import type { ContactFolder, StoredContact } from './contacts-store.ts'
import { expandedProperties } from './extended.ts'
import {
  documentedErrors,
  type GraphCall,
  GraphError,
  type GraphMethod,
  jsonOf,
  notFound,
  type Reply,
  wantsImmutableIds,
} from './graph.ts'
import { type Pages, type Resource, select } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

type Call = GraphCall<MicrosoftUser>

const reading = ['Contacts.Read', 'Contacts.ReadWrite']
const writing = ['Contacts.ReadWrite']

export function contactsMethods(pages: Pages): GraphMethod<MicrosoftUser>[] {
  const method = (id: string, path: string, handle: (call: Call) => Resource): GraphMethod<MicrosoftUser> => ({
    ...{ id, api: 'outlook', http: 'GET', path, scopes: reading, handle: (call) => ({ json: handle(call) }) },
  })
  const write = (
    id: string,
    http: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    handle: (call: Call) => Reply,
  ): GraphMethod<MicrosoftUser> => ({ id, api: 'outlook', http, path, scopes: writing, handle })
  const folder = '/me/contactFolders/{folder}'
  return [
    method('contactFolder.delta', '/me/contactFolders/delta', (call) => {
      const { contacts, email } = call.user
      const resource = (id: string) => {
        const found = contacts.folders.get(id)
        return found === undefined ? null : folderResource(found)
      }
      return pages.delta(
        call,
        { place: `${email} contact folders`, log: contacts.folderLog, resource },
        { usual: 10, most: 1_000 },
      )
    }),
    method('user.list.contactFolders', '/me/contactFolders', (call) => {
      const { folders, main } = call.user.contacts
      // The main folder is none of them, and those within others are not, either.
      const list = () => [...folders.values()].filter(({ parentId }) => parentId === main.id)
      return pages.list(call, `${call.user.email} contact folders list`, { usual: 10, most: 1_000 }, () =>
        list().map(folderResource),
      )
    }),
    method('contactFolder.get', folder, (call) => select(folderResource(folderOf(call)), call.query.get('$select'))),
    method('contact.delta', `${folder}/contacts/delta`, (call) => {
      if (call.query.has('$expand'))
        throw new GraphError(
          400,
          'ErrorInvalidUrlQuery',
          'The following parameters are not supported with change tracking over the Contacts resource: $expand.',
        )
      const found = folderOf(call)
      const resource = (id: string) => {
        const stored = call.user.contacts.contacts.get(id)
        return stored?.folderId === found.id ? contactResource(call, stored) : null
      }
      return pages.delta(
        call,
        { place: `${call.user.email} ${found.id} contacts`, log: found.log, resource },
        { usual: 10, most: 500 },
      )
    }),
    method('contactFolder.list.contacts', `${folder}/contacts`, (call) => {
      const found = folderOf(call)
      const list = () => call.user.contacts.in(found).map((stored) => contactResource(call, stored))
      return pages.list(call, `${found.id} list`, { usual: 10, most: 999 }, list)
    }),
    method('contact.get', `${folder}/contacts/{id}`, (call) =>
      select(contactResource(call, contactOf(call)), call.query.get('$select')),
    ),
    method('profilePhoto.get', `${folder}/contacts/{id}/photo`, (call) => photoResource(photoOf(call))),
    {
      ...method('profilePhoto.get.value', `${folder}/contacts/{id}/photo/$value`, () => ({})),
      handle: (call) => ({ bytes: photoOf(call), headers: { 'content-type': 'image/jpeg' } }),
    },
    write('contactFolder.post', 'POST', `${folder}/childFolders`, (call) => {
      const { displayName } = jsonOf<FolderType>(call)
      if (!displayName) throw new GraphError(400, 'ErrorRequiredPropertyMissing', 'Required property DisplayName is missing.')
      return { status: 201, json: folderResource(call.user.contacts.addFolder(displayName, folderOf(call).id)) }
    }),
    write('contactFolder.delete', 'DELETE', folder, (call) => {
      const { contacts } = call.user
      const found = folderOf(call)
      if (found === contacts.main) throw documentedErrors.accessDenied()
      contacts.deleteFolder(found.id)
      return { status: 204 }
    }),
    write('contact.post', 'POST', `${folder}/contacts`, (call) => {
      const contact = writable(jsonOf<Contact>(call))
      return { status: 201, json: contactResource(call, call.user.contacts.add(contact, folderOf(call))) }
    }),
    write('contact.update', 'PATCH', `${folder}/contacts/{id}`, (call) => {
      const stored = contactOf(call)
      call.user.contacts.edit(stored.id, { ...stored.contact, ...writable(jsonOf<Contact>(call)) })
      return { json: contactResource(call, stored) }
    }),
    write('profilePhoto.update', 'PUT', `${folder}/contacts/{id}/photo/$value`, (call) => {
      if (!/^image\/(?:jpeg|png|gif)/.test(String(call.headers['content-type'])))
        throw new GraphError(400, 'ErrorInvalidImage', 'The image is not valid.')
      call.user.contacts.setPhoto(contactOf(call).id, call.body)
      return { status: 200 }
    }),
  ]
}

/** "Up to three email addresses." The rest is set by the server. */
function writable({ id: _1, changeKey: _2, lastModifiedDateTime: _3, createdDateTime: _4, ...contact }: Contact): Contact {
  if ((contact.emailAddresses?.length ?? 0) > 3)
    throw new GraphError(400, 'ErrorInvalidProperty', 'A contact has at most three e-mail addresses.')
  return contact
}

function folderOf({ user, params }: Call): ContactFolder {
  const id = params['folder'] ?? ''
  const found = id === 'contacts' ? user.contacts.main : user.contacts.folders.get(id)
  if (found === undefined) throw notFound()
  return found
}

function contactOf(call: Call): StoredContact {
  const { contacts } = call.user
  const id = call.params['id'] ?? ''
  const stored = contacts.contacts.get(id) ?? [...contacts.contacts.values()].find((one) => changingId(one) === id)
  if (stored === undefined || stored.folderId !== folderOf(call).id) throw notFound()
  if (contacts.unavailable.has(stored.id)) throw documentedErrors.internal()
  return stored
}

function photoOf(call: Call): Buffer {
  const { photo } = contactOf(call)
  if (photo === null) throw new GraphError(404, 'ImageNotFound', 'The photo was not found.')
  return photo
}

/** As an item's id is without `Prefer: IdType="ImmutableId"`: another one in every folder. */
function changingId({ id, folderId }: StoredContact): string {
  return `AAMkAG${createHash('sha256').update(`${id} ${folderId}`).digest('base64url')}`
}

function folderResource({ id, displayName, parentId }: ContactFolder): Resource {
  return { id, displayName, parentFolderId: parentId } satisfies FolderType
}

export function contactResource(call: Pick<Call, 'headers' | 'query'>, stored: StoredContact): Resource {
  const { singleValueExtendedProperties, ...contact } = stored.contact
  const changeKey = `EQAAAB${stored.change.toString(36)}`
  const lastModifiedDateTime = new Date(Date.UTC(2025, 0, 1) + stored.change * 1_000).toISOString()
  return {
    '@odata.etag': `W/"${changeKey}"`,
    ...contact,
    ...{ id: wantsImmutableIds(call) ? stored.id : changingId(stored), changeKey, parentFolderId: stored.folderId },
    ...{ createdDateTime: '2025-01-01T00:00:00Z', lastModifiedDateTime },
    ...expandedProperties(call, singleValueExtendedProperties),
  } satisfies Contact & Resource
}

function photoResource(photo: Buffer): Resource {
  const etag = `"${createHash('sha1').update(photo).digest('hex')}"`
  return {
    '@odata.mediaContentType': 'image/jpeg',
    '@odata.mediaEtag': etag,
    id: '240X240',
    width: 240,
    height: 240,
  } satisfies ProfilePhoto & Resource
}
