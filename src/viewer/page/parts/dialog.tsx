/** A modal dialog of the browser's own: it traps the focus, closes with Escape and gives the focus back. */
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

export interface DialogProps {
  readonly title: ComponentChildren
  readonly onClose: () => void
  /** For pictures and documents. */
  readonly wide?: boolean
  readonly children: ComponentChildren
}

export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const isGone = useRef(false)
  const titleId = useId()
  // At once, not after the next frame: a key that is pressed meanwhile would go to what lies beneath.
  useLayoutEffect(() => {
    const dialog = element.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => {
      // Closing tells so later, when another may be open already.
      isGone.current = true
      dialog?.close()
    }
  }, [])
  return (
    <dialog ref={element} class={wide ? 'wide' : undefined} aria-labelledby={titleId} onClose={() => isGone.current || onClose()}>
      <div class="dialog">
        <h2 id={titleId}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
