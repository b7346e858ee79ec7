/** A list of any length of which only what is seen is in the document. Keyboard as in a list box (ARIA APG). */
import type { ComponentChildren } from 'preact'
import { useCallback, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { usePrinting } from './printing.ts'

/** Where a person was in a list, for the one that takes its place. */
export interface ListMemory {
  current: { readonly active: number; readonly hasFocus: boolean } | null
}

/** An array, or a typed one. */
interface ListRows<T> extends ArrayLike<T> {
  slice(from: number, to: number): ArrayLike<T>
}

export interface VirtualListProps<T> {
  readonly rows: ListRows<T>
  readonly label: string
  /** Of a row, in pixels. */
  readonly height: number
  /** Position of the row that is open, or -1. */
  readonly selected: number
  readonly onSelect: (row: T, position: number) => void
  /** A list that goes leaves here where the person was, and the next one goes on from there. */
  readonly memory?: ListMemory
  readonly children: (row: T, position: number) => ComponentChildren
}

/** Browsers stop at about 17 million pixels (Firefox): longer lists scroll in proportion. */
const tallest = 12_000_000
const beyond = 6
/** More than anybody reads on paper; of these many, every row is printed. */
const mostPrinted = 2_000

/** Where the box is scrolled to, and how far that is in the list. */
function useScroll(count: number, height: number) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 800 })
  const full = count * height
  const scrolled = Math.min(full, tallest)
  const ratio = scrolled > view.height ? (full - view.height) / (scrolled - view.height) : 1
  const measure = useCallback(() => {
    const element = box.current
    if (element) setView({ top: element.scrollTop, height: element.clientHeight })
  }, [])
  useLayoutEffect(() => {
    measure()
    const observer = new ResizeObserver(measure)
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [measure])
  const show = useCallback(
    (position: number) => {
      const element = box.current
      if (!element) return
      const top = element.scrollTop * ratio
      const wanted = position * height
      if (wanted < top) element.scrollTop = wanted / ratio
      else if (wanted + height > top + element.clientHeight) element.scrollTop = (wanted + height - element.clientHeight) / ratio
    },
    [height, ratio],
  )
  return { box, view, scrolled, virtualTop: view.top * ratio, measure, show }
}

function useMemory(
  memory: ListMemory | undefined,
  box: { readonly current: HTMLElement | null },
  active: number,
  move: (position: number) => void,
): void {
  const last = useRef(active)
  last.current = active
  useLayoutEffect(() => {
    if (!memory) return
    const element = box.current
    if (memory.current?.hasFocus) element?.focus({ preventScroll: true })
    if (memory.current) move(memory.current.active)
    memory.current = null
    return () => {
      memory.current = { active: last.current, hasFocus: element?.contains(document.activeElement) ?? false }
    }
  }, [memory, box])
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { rows, label, height, selected, onSelect, memory, children } = props
  const { t } = useSpeech()
  const { box, view, scrolled, virtualTop, measure, show } = useScroll(rows.length, height)
  const id = useId()
  const [active, setActive] = useState(Math.max(0, selected))
  const move = (position: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, position))
    setActive(to)
    show(to)
  }
  useMemory(memory, box, active, move)
  // Also once it comes into view: in a narrow window the message stands in its place.
  const isSeen = view.height > 0
  useLayoutEffect(() => {
    if (selected < 0 || !isSeen) return
    setActive(selected)
    show(selected)
  }, [selected, rows, show, isSeen])

  // What is open is printed alone, and this list not at all.
  const isPrinted = usePrinting() && selected < 0
  const perPage = Math.max(1, Math.floor(view.height / height) - 1)
  const steps: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(active + 1),
    ArrowUp: () => move(active - 1),
    PageDown: () => move(active + perPage),
    PageUp: () => move(active - perPage),
    Home: () => move(0),
    End: () => move(rows.length - 1),
    Enter: () => choose(active),
    ' ': () => choose(active),
  }
  const choose = (position: number): void => {
    const row = rows[position]
    if (row === undefined) return
    setActive(position)
    onSelect(row, position)
  }

  const first = isPrinted ? 0 : Math.max(0, Math.floor(virtualTop / height) - beyond)
  const last = Math.min(rows.length, isPrinted ? mostPrinted : Math.ceil((virtualTop + view.height) / height) + beyond)
  const shown = rows.slice(first, last)
  // A row that leaves at one end comes back at the other: scrolling makes no new elements.
  const slots = isPrinted ? mostPrinted : Math.ceil(view.height / height) + 2 * beyond + 2
  const isActiveShown = active >= first && active < last
  return (
    <div
      ref={box}
      class="virtual"
      role="listbox"
      aria-label={label}
      aria-activedescendant={rows.length > 0 && isActiveShown ? `${id}-${active}` : undefined}
      tabIndex={0}
      onScroll={measure}
      onKeyDown={(event) => {
        const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key]
        if (!step) return
        event.preventDefault()
        step()
      }}
    >
      <div class="virtual-inside" role="presentation" style={{ height: `${scrolled}px` }}>
        {Array.from(shown, (row, at) => {
          const position = first + at
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list box has the keys (aria-activedescendant)
            <div
              key={position % slots}
              id={`${id}-${position}`}
              class={`option ${position === active ? 'active' : ''}`}
              role="option"
              tabIndex={-1}
              aria-selected={position === selected}
              aria-setsize={rows.length}
              aria-posinset={position + 1}
              style={{ height: `${height}px`, top: `${view.top + position * height - virtualTop}px` }}
              onClick={() => choose(position)}
            >
              {children(row, position)}
            </div>
          )
        })}
      </div>
      {isPrinted && last < rows.length && <p class="faint">{t('overview.moreCollections', { n: rows.length - last })}</p>}
    </div>
  )
}
