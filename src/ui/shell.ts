/** What the app's own window can do beyond a browser; empty in a browser. */
export interface Shell {
  /** Null when the person changed their mind. */
  pickFolder?(): Promise<string | null>
}

export function shell(): Shell {
  return (globalThis as { readonly lifeboat?: Shell }).lifeboat ?? {}
}
