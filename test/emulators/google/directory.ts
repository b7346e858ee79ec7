/** Admin SDK Directory API v1: the people of the organisation. */
import type { admin_directory_v1 } from '@googleapis/admin'
import { ApiError, type ApiMethod, badRequest } from './api.ts'
import { numberOf, Pages } from './pages.ts'

/** What the directory knows of a user. */
export interface DirectoryEntry {
  readonly email: string
  readonly about: { fullName: string; isAdmin: boolean; isSuspended: boolean }
}

export function directoryMethods<User extends DirectoryEntry>(everybody: () => Iterable<User>): ApiMethod<User>[] {
  const pages = new Pages()
  return [
    {
      id: 'directory.users.list',
      api: 'directory',
      http: 'GET',
      path: '/admin/directory/v1/users',
      scopes: ['admin.directory.user.readonly', 'admin.directory.user'],
      units: 1,
      handle: ({ user, query }) => {
        if (!user.about.isAdmin) throw new ApiError(403, 'forbidden', 'Not Authorized to access this resource/api')
        if (query.get('customer') !== 'my_customer' && query.get('domain') === null)
          throw badRequest('Bad Request: either customer or domain is required.', 'customer')
        const size = numberOf(query, 'maxResults', 100, 500)
        const list = () => [...everybody()].map(userOf).sort(byAddress)
        const { items, nextPageToken } = pages.page('users', query, size, list)
        const json: admin_directory_v1.Schema$Users = {
          ...{ kind: 'admin#directory#users', users: [...items] },
          ...(nextPageToken === undefined ? {} : { nextPageToken }),
        }
        return { json }
      },
    },
  ]
}

function userOf({ email, about }: DirectoryEntry): admin_directory_v1.Schema$User {
  const { fullName, isAdmin, isSuspended } = about
  return {
    ...{ kind: 'admin#directory#user', id: Buffer.from(email).toString('hex').slice(0, 21), primaryEmail: email },
    ...{ name: { fullName }, isAdmin, suspended: isSuspended, archived: false, isMailboxSetup: true },
  }
}

function byAddress(a: admin_directory_v1.Schema$User, b: admin_directory_v1.Schema$User): number {
  return (a.primaryEmail ?? '') < (b.primaryEmail ?? '') ? -1 : 1
}
