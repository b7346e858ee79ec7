import { readFile } from 'node:fs/promises'
import type { NetConnectOpts } from 'node:net'
import { type ConnectionOptions, rootCertificates } from 'node:tls'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import type { Context } from '../../core/context.ts'
import { AppError, toAppError } from '../../core/errors.ts'
import { fromSignIn } from './errors.ts'
import { Inlet } from './inlet.ts'
import { maxLine, maxLiteral, Session } from './session.ts'
import { type ImapSettings, isLoopback, portOf } from './settings.ts'

const connectTimeout = 20_000
const greetingTimeout = 15_000

/** Connects and signs in; a session that can read only. @throws AppError; never tries a second time */
export async function openSession(settings: ImapSettings, context: Context, signal: AbortSignal): Promise<Session> {
  return await openSessionAs(Session, settings, context, signal)
}

/** The same with another kind of session. */
export async function openSessionAs<S extends Session>(
  kind: new (client: ImapFlow, host: string, patience: number) => S,
  settings: ImapSettings,
  context: Context,
  signal: AbortSignal,
): Promise<S> {
  signal.throwIfAborted()
  const secret = await readSecret(settings, context)
  let session: S | null = null
  const options = await clientOptions(settings, secret, () => {
    session?.noteUnreadable()
    context.log.warn('an answer of the server could not be parsed')
  })
  const client = settings.security === 'starttls' ? new ImapFlow(options) : readByInlet(options)
  session = new kind(client, settings.host, settings.timeout * 2_000)
  const abort = () => session?.kill(toAppError(signal.reason))
  signal.addEventListener('abort', abort)
  try {
    await client.connect()
  } catch (error) {
    client.close()
    signal.throwIfAborted()
    throw session.killed ?? fromSignIn(error, settings.host, secret)
  } finally {
    signal.removeEventListener('abort', abort)
  }
  refuseUnencrypted(client, settings)
  return session
}

function readByInlet(options: ImapFlowOptions): ImapFlow {
  const inlet = new Inlet()
  // imapflow hands its `tls` options to `net.connect` and `tls.connect` as they are.
  const tls: ConnectionOptions & Pick<NetConnectOpts, 'onread'> = { ...options.tls, onread: inlet.onread }
  const client = new ImapFlow({ ...options, tls })
  inlet.attach(client)
  return client
}

async function readSecret(settings: ImapSettings, context: Context): Promise<string> {
  const secret = await context.secret(settings.auth === 'xoauth2' ? 'access-token' : 'password')
  if (secret) return secret
  throw new AppError('auth', 'No password is stored for this account.')
}

async function clientOptions(settings: ImapSettings, secret: string, onUnreadable: () => void): Promise<ImapFlowOptions> {
  const { host, user, security } = settings
  const patience = settings.timeout * 1000
  return {
    host,
    port: portOf(settings),
    secure: security === 'tls',
    doSTARTTLS: security === 'starttls',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(await trust(settings)) },
    auth: settings.auth === 'xoauth2' ? { user, accessToken: secret } : { user, pass: secret },
    clientInfo: { name: 'Lifeboat', version: '', vendor: '', 'support-url': '' },
    // Entries may hold credentials and mail, so none is written anywhere: only that there was one counts.
    logger: {
      debug() {},
      info() {},
      warn() {},
      error(entry: unknown) {
        if (entry instanceof Object && 'payloadBytes' in entry) onUnreadable()
      },
    },
    disableAutoIdle: true,
    disableCompression: !(settings.compress ?? !isLoopback(host)),
    // Without UTF8=ACCEPT a server may rewrite internationalised messages (RFC 6855), so extensions are enabled;
    // IMAP4rev2 would change answers that are read here.
    qresync: true,
    disableIMAP4rev2: true,
    connectionTimeout: Math.min(connectTimeout, patience),
    greetingTimeout: Math.min(greetingTimeout, patience),
    socketTimeout: patience,
    maxLineLength: maxLine,
    maxLiteralSize: maxLiteral,
    maxResponseSize: maxLiteral + 2 * maxLine,
  }
}

async function trust(settings: ImapSettings): Promise<{ ca?: string[] }> {
  if (settings.ca === undefined) return {}
  try {
    return { ca: [...rootCertificates, await readFile(settings.ca, 'utf8')] }
  } catch (error) {
    throw new AppError('usage', `The certificate file ${settings.ca} cannot be read.`, { cause: error })
  }
}

/**
 * A connection that began in the clear counts only once TLS came first and the sign-in second. A greeting of PREAUTH, which
 * anyone on the way can send, would skip both (RFC 9051 section 7.1.4); imapflow notes the text of other greetings only.
 */
function refuseUnencrypted(client: ImapFlow, settings: ImapSettings): void {
  if (settings.security === 'none') return
  const preauthenticated = (client as unknown as { readonly greeting?: string }).greeting === undefined
  if (client.secureConnection && !(settings.security === 'starttls' && preauthenticated)) return
  client.close()
  throw new AppError('suspicious', `${settings.host} skips the encryption that the account demands.`)
}
