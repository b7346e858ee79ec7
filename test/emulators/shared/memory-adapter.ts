import type { Adapter, AdapterPayload } from 'oidc-provider'

/** What `oidc-provider` stores, for one emulator's life. Each kind of thing has a store of its own. */
export class MemoryAdapter implements Adapter {
  readonly #store = new Map<string, AdapterPayload>()

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.#store.set(id, payload)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#store.get(id)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...this.#store.values()].find((payload) => payload.uid === uid)
  }

  async findByUserCode(code: string): Promise<AdapterPayload | undefined> {
    return [...this.#store.values()].find((payload) => payload.userCode === code)
  }

  async consume(id: string): Promise<void> {
    const payload = this.#store.get(id)
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1_000)
  }

  async destroy(id: string): Promise<void> {
    this.#store.delete(id)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, payload] of this.#store) if (payload.grantId === grantId) this.#store.delete(id)
  }
}
