/** The page around every screen: navigation, search, the moment that is looked at. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { MendProvider, SpeechProvider, useMend, useSpeech } from './context.tsx'
import { useLater } from './data/async.ts'
import { DataMissing, Library } from './data/library.ts'
import type { ViewerStore } from './data/store.ts'
import { VaultProvider } from './data/vault.tsx'
import { speech } from './language.ts'
import { AsOfChoice, AsOfNote } from './parts/as-of.tsx'
import { Boundary } from './parts/boundary.tsx'
import { BrandMark } from './parts/brand-mark.tsx'
import { Empty, Loading } from './parts/empty.tsx'
import { Icon, type IconName } from './parts/icon.tsx'
import { MenuButton } from './parts/menu-button.tsx'
import { LanguageField, ThemeField } from './parts/preference-fields.tsx'
import { SearchBox } from './parts/search-box.tsx'
import { applyLanguage, savedLanguage } from './preferences.ts'
import { type Route, routeHref, type Screen, useRoute } from './route.ts'
import { CalendarScreen } from './screens/calendar.tsx'
import { ContactsScreen } from './screens/contacts.tsx'
import { DocumentsScreen } from './screens/documents.tsx'
import { FilesScreen } from './screens/files.tsx'
import { HelpScreen } from './screens/help.tsx'
import { MailScreen } from './screens/mail.tsx'
import { OverviewScreen } from './screens/overview.tsx'
import { SearchScreen } from './screens/search.tsx'
import type { Language } from './words/message.ts'

export interface AppProps {
  readonly store: ViewerStore
  readonly vaultName: string
  /** Stands above the navigation: the way back, where the page is part of something larger. */
  readonly wayBack?: (language: Language) => ComponentChildren
  /** What a person can do here and now where something cannot be read. */
  readonly mend?: (language: Language) => ComponentChildren
}

export function App({ store, vaultName, wayBack, mend }: AppProps) {
  const [language, setLanguage] = useState(savedLanguage)
  useLayoutEffect(() => applyLanguage(language), [language])
  const words = useMemo(() => speech(language), [language])
  return (
    <SpeechProvider value={words}>
      <MendProvider value={mend?.(language)}>
        <Page {...{ store, vaultName }} wayBack={wayBack?.(language)} onLanguage={setLanguage} />
      </MendProvider>
    </SpeechProvider>
  )
}

interface PageProps extends Pick<AppProps, 'store' | 'vaultName'> {
  readonly wayBack: ComponentChildren
  readonly onLanguage: (language: Language) => void
}

function Page({ store, vaultName, wayBack, onLanguage }: PageProps) {
  const route = useRoute()
  const opened = useLater(() => Library.open(store), [store])
  const [chosenRun, setChosenRun] = useState<number | null>(null)
  if (opened.state === 'failed' && route.screen !== 'help') return <NoData error={opened.error} />
  const library = opened.state === 'ready' ? opened.value : null
  const lastRun = library ? library.overview.runs.length - 1 : 0
  const vault = library && {
    library,
    asOf: chosenRun ?? lastRun,
    isNow: (chosenRun ?? lastRun) >= lastRun,
    setAsOf: setChosenRun,
  }
  return (
    <VaultProvider value={vault}>
      <Frame route={route} library={library} vaultName={vaultName} wayBack={wayBack} onLanguage={onLanguage}>
        {vault ? (
          <Boundary key={route.screen}>
            <CurrentScreen route={route} />
          </Boundary>
        ) : route.screen === 'help' ? (
          <HelpScreen />
        ) : (
          <Loading />
        )}
      </Frame>
    </VaultProvider>
  )
}

function CurrentScreen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case 'overview':
      return <OverviewScreen />
    case 'mail':
      return <MailScreen params={route.params} />
    case 'search':
      return <SearchScreen params={route.params} />
    case 'contacts':
      return <ContactsScreen params={route.params} />
    case 'calendar':
      return <CalendarScreen params={route.params} />
    case 'files':
      return <FilesScreen params={route.params} />
    case 'documents':
      return <DocumentsScreen params={route.params} />
    case 'help':
      return <HelpScreen />
  }
}

interface FrameProps {
  readonly route: Route
  readonly library: Library | null
  readonly vaultName: string
  readonly wayBack: ComponentChildren
  readonly onLanguage: (language: Language) => void
  readonly children: ComponentChildren
}

function Frame({ route, library, vaultName, wayBack, onLanguage, children }: FrameProps) {
  const { t } = useSpeech()
  const [menu, setMenu] = useState(false)
  const main = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    setMenu(false)
    document.title = `${t(`nav.${route.screen}`)} · ${vaultName || 'Lifeboat'}`
  }, [route.screen, t, vaultName])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the menu wherever the focus is
    <div class="shell" onKeyDown={(event) => event.key === 'Escape' && setMenu(false)}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {t('nav.skip')}
      </button>
      {menu && <button type="button" class="shade" aria-label={t('nav.close')} onClick={() => setMenu(false)} />}
      <header class={`side ${menu ? 'open' : ''}`}>
        {wayBack}
        <a class="brand" href={routeHref('overview')}>
          <BrandMark />
          <span class="brand-name">
            <b>Lifeboat</b>
            <span class="ellipsis">{vaultName}</span>
          </span>
        </a>
        <Navigation current={route.screen} library={library} />
        <Preferences onLanguage={onLanguage} />
      </header>
      <div class="top" role="search">
        <MenuButton label={t('nav.menu')} isOpen={menu} onOpen={() => setMenu(true)} />
        <SearchBox route={route} />
        {library && <AsOfChoice />}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <main class="main" id="main" tabIndex={0} ref={main}>
        {library && <AsOfNote />}
        {children}
      </main>
    </div>
  )
}

const entries: readonly { readonly screen: Screen; readonly icon: IconName; readonly service?: string }[] = [
  { screen: 'overview', icon: 'overview' },
  { screen: 'mail', icon: 'mail', service: 'mail' },
  { screen: 'contacts', icon: 'contacts', service: 'contacts' },
  { screen: 'calendar', icon: 'calendar', service: 'calendar' },
  { screen: 'files', icon: 'files', service: 'files' },
  { screen: 'documents', icon: 'documents' },
  { screen: 'help', icon: 'help' },
]

function Navigation({ current, library }: { readonly current: Screen; readonly library: Library | null }) {
  const { t, number } = useSpeech()
  const count = (service: string): number =>
    library?.overview.collections.reduce((sum, collection) => sum + (collection.service === service ? collection.live : 0), 0) ??
    0
  return (
    <nav aria-label={t('nav.label')}>
      <ul class="nav">
        {entries.map(({ screen, icon, service }) => (
          <li key={screen}>
            <a href={routeHref(screen)} aria-current={current === screen ? 'page' : undefined}>
              <Icon name={icon} />
              {t(`nav.${screen}`)}
              {service && count(service) > 0 && <span class="count">{number(count(service))}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Preferences({ onLanguage }: { readonly onLanguage: (language: Language) => void }) {
  const { t, language } = useSpeech()
  return (
    <div class="side-foot">
      <LanguageField language={language} onLanguage={onLanguage}>
        <Icon name="language" />
        <span class="hidden-text">{t('preference.language')}</span>
      </LanguageField>
      <ThemeField nameOf={(theme) => t(`theme.${theme}`)}>
        <Icon name="sun" />
        <span class="hidden-text">{t('preference.theme')}</span>
      </ThemeField>
    </div>
  )
}

/** The data is missing or damaged: what that means, and where the person's things are all the same. */
function NoData({ error }: { readonly error: unknown }) {
  const { t } = useSpeech()
  const mend = useMend()
  const why = error instanceof DataMissing ? error.why : 'damaged'
  return (
    <main class="page">
      <Empty icon="warning" whole title={t(mend ? 'host.unreadable.title' : `data.${why}.title`)}>
        <p>{t(mend ? 'host.unreadable.advice' : `data.${why}.advice`)}</p>
        <p>{t('data.plainFiles')}</p>
        {mend}
        <p>
          <a class="button" href={routeHref('help')}>
            {t('nav.help')}
          </a>
        </p>
      </Empty>
    </main>
  )
}
