/** "Attach large files to Outlook messages or events": an address that takes the parts in order. */
import { randomBytes } from 'node:crypto'
import { type GraphCall, GraphError, type GraphMethod, jsonOf, notFound, type Reply } from './graph.ts'
import type { MicrosoftUser } from './user.ts'

export interface UploadedFile {
  readonly name: string
  readonly contentType: string
  readonly octets: Buffer
}

/** "This error is returned when attempting to create an upload session to attach a file smaller than 3 MB." */
const leastInSession = 3_000_000

interface Upload {
  readonly name: string
  readonly contentType: string
  readonly size: number
  octets: Buffer
  readonly finish: (file: UploadedFile) => void
}

export class AttachmentUploads {
  readonly #uploads = new Map<string, Upload>()
  readonly #place: string

  /** `place`: the first part of its addresses. */
  constructor(place: string) {
    this.#place = place
  }

  begin(call: GraphCall<MicrosoftUser>, finish: Upload['finish']): Reply {
    const { AttachmentItem: item } = jsonOf<{ AttachmentItem: { name: string; size: number; contentType: string } }>(call)
    const token = randomBytes(12).toString('hex')
    const { name, size, contentType } = item
    if (size < leastInSession)
      throw new GraphError(400, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize', 'Attach it in a single POST.')
    this.#uploads.set(token, { name, contentType, size, octets: Buffer.alloc(0), finish })
    return { status: 201, json: { uploadUrl: `${call.origin}/v1.0/${this.#place}/${token}`, nextExpectedRanges: ['0-'] } }
  }

  get method(): GraphMethod<MicrosoftUser> {
    return {
      ...{ id: 'attachment.upload', api: 'outlook', http: 'PUT', path: `/${this.#place}/{token}`, scopes: [], isPublic: true },
      handle: ({ params, headers, body }) => this.#receive(params['token'] ?? '', String(headers['content-range']), body),
    }
  }

  #receive(token: string, range: string, body: Buffer): Reply {
    const upload = this.#uploads.get(token)
    if (upload === undefined) throw notFound()
    const [, from = ''] = /^bytes (\d+)-\d+\/\d+$/.exec(range) ?? []
    if (Number(from) !== upload.octets.length || from === '') throw new GraphError(416, 'InvalidRange', 'Unexpected range.')
    upload.octets = Buffer.concat([upload.octets, body])
    if (upload.octets.length < upload.size) return { status: 200, json: { nextExpectedRanges: [`${upload.octets.length}-`] } }
    upload.finish(upload)
    return { status: 201 }
  }
}
