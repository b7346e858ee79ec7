/** A disk opened in the app: the offline viewer itself, reading over the one door instead of from the disk. */
import { render } from 'preact'
import type { FailureText, Home } from '../api/desktop/contract.ts'
import { App as Viewer } from '../viewer/page/app.tsx'
import { httpStore } from '../viewer/page/data/http-store.ts'
import { speechOf } from '../viewer/page/language.ts'
import { Icon } from '../viewer/page/parts/icon.tsx'
import { applyTheme, savedLanguage, savedTheme } from '../viewer/page/preferences.ts'
import type { Language } from '../viewer/page/words/message.ts'
import { failureOf, get } from './api.ts'
import { WordsProvider } from './context.tsx'
import { startJob } from './jobs.ts'
import { FailureNote } from './parts/failure.tsx'
import { words } from './words.ts'

applyTheme(savedTheme())
const place = document.getElementById('app')
const disk = new URLSearchParams(location.search).get('disk') ?? ''
if (place) await open(place)

/** The frame stands at once; what is in it comes as it is read. */
async function open(element: HTMLElement): Promise<void> {
  const viewer = get<{ readonly dataFolder: string; readonly vaultName: string }>(`/disks/${encodeURIComponent(disk)}/viewer`)
  const store = httpStore(
    `/disk/${encodeURIComponent(disk)}`,
    viewer.then(({ dataFolder }) => dataFolder),
  )
  const here = {
    wayBack: (language: Language) => <WayBack language={language} />,
    mend: (language: Language) => <Mend language={language} />,
  }
  const show = (vaultName: string) => render(<Viewer {...{ store, vaultName, ...here }} />, element)
  try {
    show('')
    show((await viewer).vaultName)
  } catch (error) {
    render(null, element)
    render(<Closed failure={failureOf(error)} />, element)
  }
}

function WayBack({ language }: { readonly language: Language }) {
  const { t } = speechOf(words, language)
  return (
    <a class="way-back" href="/">
      <Icon name="back" />
      {t('nav.home')}
    </a>
  )
}

/** Something in the pages cannot be read. */
function Mend({ language }: { readonly language: Language }) {
  const { t } = speechOf(words, language)
  return (
    <p class="row center">
      <button type="button" class="button primary" onClick={() => location.reload()}>
        {t('action.again')}
      </button>
      <button type="button" class="button" onClick={() => void make()}>
        {t('browse.make')}
      </button>
    </p>
  )
}

async function make(): Promise<void> {
  const { disks } = await get<Home>('/home')
  const folder = disks.find(({ id }) => id === disk)?.folder
  if (!folder) return location.assign('/')
  const job = await startJob({ kind: 'viewer', request: { vault: folder } })
  location.assign(`/#/progress?job=${job.id}`)
}

/** The disk is away, or its pages were never made. */
function Closed({ failure }: { readonly failure: FailureText }) {
  const speech = speechOf(words, savedLanguage())
  const { t } = speech
  return (
    <WordsProvider value={speech}>
      <main class="page narrow closed">
        <h1>{t('nav.browse')}</h1>
        <FailureNote failure={failure}>
          <a class="button" href="/">
            {t('action.home')}
          </a>
          {failure.code === 'not-found' ? (
            <button type="button" class="button primary" onClick={() => void make()}>
              {t('browse.make')}
            </button>
          ) : (
            <button type="button" class="button primary" onClick={() => location.reload()}>
              {t('action.again')}
            </button>
          )}
        </FailureNote>
      </main>
    </WordsProvider>
  )
}
