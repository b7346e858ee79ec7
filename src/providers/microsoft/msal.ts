/**
 * Microsoft's sign-in library, by its CommonJS build: its other one imports `node:http` as a module, whose list of names wakes the
 * copy of undici that is in Node, and 10 MB with that.
 */
import { createRequire } from 'node:module'
import type * as Msal from '@azure/msal-node'

export const { ConfidentialClientApplication, CryptoProvider, PublicClientApplication, ResponseMode } = createRequire(
  import.meta.url,
)('@azure/msal-node') as typeof Msal
