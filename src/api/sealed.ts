/**
 * Secrets that are too long for a keyring (the key of a service account, the tokens of a sign-in): the keyring holds a key of 32
 * octets, and a file holds the secret, encrypted with it (AES-256-GCM).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
/** What the keyring holds then; the rest is the key. */
const prefix = 'lifeboat-key-1:'

/** A new key, for the keyring. */
export function newSealKey(): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** Answers the text for the file. `entry` goes into the seal: the text is of no use under another name. */
export function seal(secret: string, entry: string, key: string): string {
  const iv = randomBytes(ivLength)
  const sealing = createCipheriv(cipher, keyOctets(key), iv, { authTagLength: tagLength }).setAAD(Buffer.from(entry))
  const octets = Buffer.concat([sealing.update(secret, 'utf8'), sealing.final()])
  return Buffer.concat([iv, sealing.getAuthTag(), octets]).toString('base64')
}

function keyOctets(key: string): Buffer {
  return Buffer.from(key.slice(prefix.length), 'base64url')
}

export function isSealKey(text: string): boolean {
  return text.startsWith(prefix)
}

/** Null where the text does not belong to the key, or was changed. */
export function unseal(text: string, entry: string, key: string): string | null {
  const octets = Buffer.from(text, 'base64')
  try {
    const opening = createDecipheriv(cipher, keyOctets(key), octets.subarray(0, ivLength), { authTagLength: tagLength })
    opening.setAAD(Buffer.from(entry)).setAuthTag(octets.subarray(ivLength, ivLength + tagLength))
    return Buffer.concat([opening.update(octets.subarray(ivLength + tagLength)), opening.final()]).toString('utf8')
  } catch {
    return null
  }
}
