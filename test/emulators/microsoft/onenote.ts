/** OneNote of Microsoft Graph v1.0: `onenoteSection`, `onenotePage` and their resources. */
import type { OnenotePage, OnenoteSection } from '@microsoft/microsoft-graph-types'
import { type GraphCall, GraphError, type GraphMethod, notFound, type Reply } from './graph.ts'
import type { Pages, Resource } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

type Call = GraphCall<MicrosoftUser>

const scopes = ['Notes.Read', 'Notes.Read.All']

/** "Integrate with OneNote": "no longer … app-only authentication effective March 31, 2025". */
function admitted(call: Call): Call {
  if (!call.isItself) return call
  throw new GraphError(401, '40001', 'The request does not contain a valid authentication token.')
}

export function onenoteMethods(pages: Pages): GraphMethod<MicrosoftUser>[] {
  const method = (id: string, path: string, handle: (call: Call) => Reply): GraphMethod<MicrosoftUser> => ({
    ...{ id, api: 'notes', http: 'GET', path, scopes, handle: (call) => handle(admitted(call)) },
  })
  return [
    method('onenote.list.sections', '/me/onenote/sections', (call) => {
      const list = () =>
        [...call.user.notes.sections].map(([id, { notebook, name, modified }]): Resource => {
          const parentNotebook = { id: notebook, displayName: notebook }
          return { id, displayName: name, lastModifiedDateTime: modified, parentNotebook } satisfies OnenoteSection
        })
      return {
        json: pages.list({ ...call, query: withoutSelect(call) }, `${call.user.email} sections`, { usual: 20, most: 100 }, list),
      }
    }),
    method('section.list.pages', '/me/onenote/sections/{id}/pages', (call) => {
      const list = () =>
        [...call.user.notes.pages]
          .filter(([, { section }]) => section === call.params['id'])
          .map(([id, { title, modified }]): Resource => ({ id, title, lastModifiedDateTime: modified }) satisfies OnenotePage)
      return { json: pages.list(call, `${call.params['id']} pages`, { usual: 20, most: 100 }, list) }
    }),
    method('page.get.content', '/me/onenote/pages/{id}/content', ({ user, params }) => {
      const page = user.notes.pages.get(params['id'] ?? '')
      if (page === undefined) throw notFound()
      return { bytes: Buffer.from(page.html), headers: { 'content-type': 'text/html' } }
    }),
    method('resource.get', '/me/onenote/resources/{id}/$value', ({ user, params }) => {
      const resource = user.notes.resources.get(params['id'] ?? '')
      if (resource === undefined) throw notFound()
      return { bytes: resource.octets, headers: { 'content-type': resource.type } }
    }),
  ]
}

/** What is expanded need not be selected. */
function withoutSelect({ query }: Call): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => name !== '$select'))
}
