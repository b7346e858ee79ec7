import { type Certificates, createCertificates, type IssuedCertificate } from '../../servers/certificates.ts'

let known: { readonly certificates: Certificates; readonly issued: IssuedCertificate } | null = null

/** One for all emulators of a process: making it takes longer than most tests. */
export function certificate() {
  if (known === null) {
    const certificates = createCertificates()
    known = { certificates, issued: certificates.issue({ names: ['127.0.0.1', 'localhost'] }) }
    process.once('exit', () => certificates.remove())
  }
  return known
}
