/** Every provider there is. Adding one is its folder and one line here. */
import type { Provider } from '../core/types.ts'
import { archive } from './archive/provider.ts'
import { dav } from './dav/provider.ts'
import { google } from './google/provider.ts'
import { imap } from './imap/provider.ts'

export const providers: Readonly<Record<string, Provider>> = {
  archive,
  dav,
  google,
  imap,
}
