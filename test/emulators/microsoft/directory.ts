/** Who there is: `user` of Microsoft Graph v1.0. */
import type { GraphMethod } from './graph.ts'
import type { Pages, Resource } from './odata.ts'
import { select } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

export function directoryMethods(pages: Pages, users: () => readonly MicrosoftUser[]): GraphMethod<MicrosoftUser>[] {
  return [
    {
      id: 'user.get',
      api: 'directory',
      http: 'GET',
      path: '/me',
      scopes: ['User.Read', 'User.Read.All'],
      handle: ({ user, query }) => ({ json: select(userResource(user), query.get('$select')) }),
    },
    {
      id: 'user.list',
      api: 'directory',
      http: 'GET',
      path: '/users',
      scopes: ['User.Read.All'],
      handle: (call) => {
        const list = () =>
          users()
            .filter(({ kind }) => kind === 'work')
            .map(userResource)
        return { json: pages.list(call, 'users', { usual: 100, most: 999 }, list) }
      },
    },
  ]
}

function userResource({ id, email, principal, isEnabled }: MicrosoftUser): Resource {
  return { id, displayName: email, mail: email, userPrincipalName: principal, accountEnabled: isEnabled, userType: 'Member' }
}
