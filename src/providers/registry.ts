/** Every provider there is, loaded when it is asked for. Adding one is its folder and one line here. */
import type { Provider } from '../core/provider.ts'

export const providers: Readonly<Record<string, () => Promise<Provider>>> = {
  archive: async () => (await import('./archive/provider.ts')).archive,
  dav: async () => (await import('./dav/provider.ts')).dav,
  google: async () => (await import('./google/provider.ts')).google,
  imap: async () => (await import('./imap/provider.ts')).imap,
  microsoft: async () => (await import('./microsoft/provider.ts')).microsoft,
}
