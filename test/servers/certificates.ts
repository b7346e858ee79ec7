/** A throw-away certificate authority for tests, made with the openssl command (Debian's dovecot-imapd brings it). */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface IssuedCertificate {
  /** PEM. */
  readonly key: string
  readonly cert: string
  readonly keyFile: string
  readonly certFile: string
}

export interface CertificateRequest {
  /** Host names and IP addresses that the certificate is for. */
  readonly names: readonly string[]
  /** Days from now until it ends; negative: it has ended already. 30 unless told. */
  readonly days?: number
  /** Signed by its own key instead of the authority's. */
  readonly selfSigned?: boolean
}

export interface Certificates {
  /** The authority's certificate, PEM. */
  readonly ca: string
  readonly caFile: string
  issue(request: CertificateRequest): IssuedCertificate
  remove(): void
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export function createCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'imap-test-ca-'))
  const file = (name: string) => join(directory, name)
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
    '-days',
    '30',
    '-subj',
    '/CN=Lifeboat test CA',
  )
  let count = 0

  function issue({ names, days = 30, selfSigned = false }: CertificateRequest): IssuedCertificate {
    const name = `server-${++count}`
    const [keyFile, certFile, request, extensions] = [
      file(`${name}.key`),
      file(`${name}.pem`),
      file(`${name}.csr`),
      file(`${name}.ext`),
    ]
    writeFileSync(extensions, `subjectAltName=${names.map((one) => `${isIP(one) ? 'IP' : 'DNS'}:${one}`).join(',')}\n`)
    openssl('req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', `/CN=${names[0] ?? name}`)
    const signer = selfSigned ? ['-signkey', keyFile] : ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial']
    openssl('x509', '-req', '-in', request, ...signer, '-days', String(days), '-extfile', extensions, '-out', certFile)
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), keyFile, certFile }
  }

  return {
    ca: readFileSync(file('ca.pem'), 'utf8'),
    caFile: file('ca.pem'),
    issue,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
