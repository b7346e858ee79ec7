/** The frame around every screen. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { SpeechProvider } from '../viewer/page/context.tsx'
import { speech, speechOf } from '../viewer/page/language.ts'
import { Boundary } from '../viewer/page/parts/boundary.tsx'
import { BrandMark } from '../viewer/page/parts/brand-mark.tsx'
import { Icon } from '../viewer/page/parts/icon.tsx'
import { MenuButton } from '../viewer/page/parts/menu-button.tsx'
import { applyLanguage, savedLanguage } from '../viewer/page/preferences.ts'
import type { Language } from '../viewer/page/words/message.ts'
import { failureOf, patch } from './api.ts'
import { LiveProvider, useLive, useWords, WordsProvider } from './context.tsx'
import { useLiveState } from './live.ts'
import { FailureNote } from './parts/failure.tsx'
import { Navigation } from './parts/navigation.tsx'
import { Opening } from './parts/opening.tsx'
import { browseHref, diskOfLink, type Route, routeHref, useRoute } from './route.ts'
import { AccountScreen } from './screens/account.tsx'
import { BeginScreen } from './screens/begin.tsx'
import { CollectScreen } from './screens/collect.tsx'
import { HomeScreen } from './screens/home.tsx'
import { LockoutScreen } from './screens/lockout.tsx'
import { MissingScreen } from './screens/missing.tsx'
import { ProgressScreen } from './screens/progress.tsx'
import { ProofScreen } from './screens/proof.tsx'
import { RestoreScreen } from './screens/restore.tsx'
import { SettingsScreen } from './screens/settings.tsx'
import { words } from './words.ts'

export function App() {
  const [language, setLanguage] = useState<Language>(savedLanguage)
  useLayoutEffect(() => applyLanguage(language), [language])
  const own = useMemo(() => speechOf(words, language), [language])
  // Parts of the viewer speak with words of their own.
  const viewers = useMemo(() => speech(language), [language])
  const live = useLiveState()
  useTelling(language, live.home?.settings.language)
  return (
    <SpeechProvider value={viewers}>
      <WordsProvider value={own}>
        <LiveProvider value={live}>
          <Frame onLanguage={setLanguage} />
        </LiveProvider>
      </WordsProvider>
    </SpeechProvider>
  )
}

/**
 * What is said outside of the screens is to be in their language; where windows speak several, in that of the one that was opened or
 * changed last. `known`: which one the program knows; undefined: not heard yet.
 */
function useTelling(language: Language, known: Language | null | undefined): void {
  const told = useRef<Language | null>(null)
  const telling = useRef(Promise.resolve())
  useEffect(() => {
    // Once: two windows that each insisted on their own would never come to an end.
    if (known === undefined || told.current === language) return
    // What is known may be older than what this window told last.
    const isNews = told.current !== null || known !== language
    told.current = language
    // In turn, so that the last one holds. Not worth a word where it fails: the next start tells it again.
    if (isNews) telling.current = telling.current.then(() => patch('/settings', { language })).catch(() => undefined)
  }, [language, known])
}

function Frame({ onLanguage }: { readonly onLanguage: (language: Language) => void }) {
  const { t } = useWords()
  const { connected } = useLive()
  const route = useRoute()
  const [menu, setMenu] = useState(false)
  const [opening, setOpening] = useOpening(route)
  const main = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    setMenu(false)
    document.title = `${t(`nav.${route.screen}`)} · Lifeboat`
    main.current?.scrollTo(0, 0)
  }, [route.screen, t])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the menu wherever the focus is; links do what they say
    <div
      class="shell app"
      onKeyDown={(event) => event.key === 'Escape' && setMenu(false)}
      onClick={(event) => {
        const disk = diskOfLink(event)
        if (disk === null) return
        event.preventDefault()
        setMenu(false)
        setOpening(disk)
      }}
    >
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </button>
      {menu && <button type="button" class="shade" aria-label={t('nav.close')} onClick={() => setMenu(false)} />}
      <header class={`side ${menu ? 'open' : ''}`}>
        <a class="brand" href={routeHref('home')}>
          <BrandMark />
          <span class="brand-name">
            <b>Lifeboat</b>
            <span>{t('brand.line')}</span>
          </span>
        </a>
        <Navigation current={opening === null ? route.screen : 'browse'} />
      </header>
      <div class="top">
        <MenuButton label={t('nav.menu')} isOpen={menu} onOpen={() => setMenu(true)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <main class="main" id="main" tabIndex={0} ref={main}>
        {!connected && (
          <div class="notice warn lost" role="alert">
            <Icon name="warning" />
            <div>
              <p class="strong">{t('state.lost')}</p>
              <p>{t('state.lostAdvice')}</p>
            </div>
          </div>
        )}
        <Boundary key={opening ?? route.screen} otherwise={(error) => <Broken error={error} />}>
          {opening === null ? <CurrentScreen route={route} onLanguage={onLanguage} /> : <Opening disk={opening} />}
        </Boundary>
      </main>
    </div>
  )
}

/** A fault of ours must not leave an empty window. */
function Broken({ error }: { readonly error: unknown }) {
  const { t } = useWords()
  return (
    <div class="page narrow">
      <FailureNote failure={failureOf(error)}>
        <a class="button" href={routeHref('home')}>
          {t('action.home')}
        </a>
        <a class="button" href={routeHref('settings')}>
          {t('nav.settings')}
        </a>
      </FailureNote>
    </div>
  )
}

/** The disk whose page is on its way; null for none, also when the person has come back from it. */
function useOpening(route: Route): readonly [string | null, (disk: string) => void] {
  const [opening, setOpening] = useState<string | null>(null)
  useLayoutEffect(() => setOpening(null), [route])
  // Not before the answer is painted: afterwards this page stands still until the other one is there.
  useEffect(() => {
    if (opening === null) return
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => location.assign(browseHref(opening)))
    })
    return () => cancelAnimationFrame(frame)
  }, [opening])
  useEffect(() => {
    const back = () => setOpening(null)
    addEventListener('pageshow', back)
    return () => removeEventListener('pageshow', back)
  }, [])
  return [opening, setOpening]
}

function CurrentScreen({ route, onLanguage }: { readonly route: Route; readonly onLanguage: (language: Language) => void }) {
  const { params } = route
  switch (route.screen) {
    case 'home':
      return <HomeScreen params={params} />
    case 'begin':
      return <BeginScreen params={params} />
    case 'progress':
      return <ProgressScreen params={params} />
    case 'missing':
      return <MissingScreen />
    case 'account':
      return <AccountScreen params={params} />
    case 'restore':
      return <RestoreScreen params={params} />
    case 'proof':
      return <ProofScreen params={params} />
    case 'collect':
      return <CollectScreen params={params} />
    case 'lockout':
      return <LockoutScreen params={params} />
    case 'settings':
      return <SettingsScreen onLanguage={onLanguage} />
  }
}
