/** What else there is to choose about an account's services, one tick each; done at once, as everywhere in the settings. */
import type { ConnectionSummary } from '../../api/contract.ts'
import { post } from '../api.ts'
import { useWords } from '../context.tsx'
import type { WordKey } from '../words.ts'
import { useDoing } from './action.tsx'
import { FailureNote } from './failure.tsx'

interface Group {
  readonly title: WordKey
  readonly more?: WordKey
  /** Of the choices, with their words. */
  readonly choices: Readonly<Record<string, WordKey>>
  /** One of them must be taken. */
  readonly needsOne?: true
}

const groups: readonly Group[] = [
  {
    title: 'choice.mail',
    choices: { spam: 'choice.spam', trash: 'choice.trash', drafts: 'choice.drafts', chats: 'choice.chats' },
  },
  {
    ...{ title: 'choice.documents', more: 'choice.documentsMore', needsOne: true },
    choices: { office: 'choice.office', odf: 'choice.odf', pdf: 'choice.pdf' },
  },
  { title: 'choice.files', choices: { revisions: 'choice.revisions', convert: 'choice.convert' } },
]

export interface ChoicesProps {
  readonly account: string
  readonly connections: readonly ConnectionSummary[]
  readonly onChosen: () => void
}

export function Choices({ account, connections, onChosen }: ChoicesProps) {
  const { t } = useWords()
  const doing = useDoing()
  const offered = connections.flatMap(({ choices = [], services }) => choices.filter(({ service }) => services.includes(service)))
  if (offered.length === 0) return null
  const choose = (choice: string, isOn: boolean) =>
    doing.run(async () => {
      await post('/choices', { account, choice, isOn })
      onChosen()
    })
  return (
    <section class="card">
      {groups.map(({ title, more, choices, needsOne }) => {
        const here = offered.filter(({ id }) => choices[id] !== undefined)
        if (here.length === 0) return null
        const taken = here.filter(({ isOn }) => isOn).length
        return (
          <fieldset key={title}>
            <legend>{t(title)}</legend>
            {more && <p class="soft">{t(more)}</p>}
            {here.map(({ id, isOn }) => {
              const isLast = needsOne === true && isOn && taken === 1
              return (
                <label key={id} class="tick">
                  <input
                    type="checkbox"
                    checked={isOn}
                    disabled={isLast || doing.busy}
                    onChange={(event) => void choose(id, event.currentTarget.checked)}
                  />
                  <span>
                    {t(choices[id] ?? title)} {isLast && <span class="faint">({t('account.servicesNone')})</span>}
                  </span>
                </label>
              )
            })}
          </fieldset>
        )
      })}
      {doing.failure && <FailureNote failure={doing.failure} />}
    </section>
  )
}
