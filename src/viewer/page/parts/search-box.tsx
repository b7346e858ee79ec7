/** The one search field. What is typed goes into the route, so that back and reload work. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { goTo, type Route } from '../route.ts'
import { Icon } from './icon.tsx'

export function SearchBox({ route }: { readonly route: Route }) {
  const { t } = useSpeech()
  const asked = route.screen === 'search' ? (route.params['q'] ?? '') : ''
  const [text, setText] = useState(asked)
  const input = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => setText((typed) => (typed.trim() === asked.trim() ? typed : asked)), [asked])
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  const type = (value: string): void => {
    setText(value)
    goTo('search', { q: value }, route.screen === 'search' ? 'replace' : 'push')
  }
  return (
    <form
      class="searchbox"
      onSubmit={(event) => {
        event.preventDefault()
        goTo('search', { q: text }, 'replace')
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={t('search.label')}
        placeholder={t('search.placeholder')}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
    </form>
  )
}
