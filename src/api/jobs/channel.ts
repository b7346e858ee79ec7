/** How a process that was started for one job talks to its starter: as Node's child, or as Electron's. */

/** What Electron gives its utility processes; see its `ParentPort`. */
interface ParentPort {
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): void
  postMessage(message: unknown): void
}

export interface Channel {
  onMessage(listener: (message: unknown) => void): void
  /** Does nothing once the starter is gone. */
  send(message: unknown): void
  /** When the starter is gone. */
  onGone(listener: () => void): void
  /** After the last message: the process may end once everything was sent, however long it is and however busy the starter. */
  end(): void
}

export function channel(): Channel {
  const port = (process as { readonly parentPort?: ParentPort }).parentPort
  if (port !== undefined) {
    return {
      onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
      send: (message) => port.postMessage(message),
      // Electron ends its utility processes with itself.
      onGone: () => undefined,
      end: () => setImmediate(() => process.exit(0)),
    }
  }
  let unsent = 0
  let isOver = false
  // Disconnecting throws away what is still to be sent.
  const disconnect = () => {
    if (isOver && unsent === 0 && process.connected) process.disconnect()
  }
  return {
    onMessage: (listener) => void process.on('message', listener),
    send(message) {
      if (!process.connected) return
      unsent++
      process.send?.(message, undefined, undefined, () => {
        unsent--
        disconnect()
      })
    },
    onGone: (listener) => void process.once('disconnect', listener),
    end() {
      isOver = true
      disconnect()
    },
  }
}
