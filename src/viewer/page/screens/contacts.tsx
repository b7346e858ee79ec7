/** Contacts: the list with groups, and a card with everything that stands in it. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { dateOfValue } from '../../../formats/card-reader.ts'
import type { ContactDetail, ContactField } from '../../format-documents.ts'
import { fold } from '../../tokens.ts'
import { useSpeech } from '../context.tsx'
import { arrived, useLater } from '../data/async.ts'
import { pictureType } from '../data/message.ts'
import { type ContactRow, contactsOf, type ShownPlace, shownPlaces, type Table } from '../data/tables.ts'
import { runTime, useVault } from '../data/vault.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { CollectionChoice, collectionSet } from '../parts/collection-choice.tsx'
import { Empty, Loading, Unreadable } from '../parts/empty.tsx'
import { Choice, FindField } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { CopyButton } from '../parts/link-dialog.tsx'
import { ScreenLoading } from '../parts/screen-loading.tsx'
import { Name, PlainText } from '../parts/text.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { goTo, type Params, routeHref } from '../route.ts'
import { visibleLines, visibleName } from '../safe/visible-text.ts'
import { saveFile } from '../save.ts'
import type { MessageKey } from '../words.ts'

export function ContactsScreen({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const { library } = useVault()
  const contacts = useLater(() => contactsOf(library), [library])
  if (!library.overview.collections.some(({ service }) => service === 'contacts')) {
    return (
      <Empty icon="contacts" title={t('contacts.none')}>
        <p>{t('service.none')}</p>
      </Empty>
    )
  }
  if (contacts.state === 'loading') return <ScreenLoading screen="contacts" service="contacts" />
  if (contacts.state === 'failed') return <Unreadable whole />
  return <Book table={contacts.value} params={params} />
}

function Book({ table, params }: { readonly table: Table<ContactRow>; readonly params: Params }) {
  const { t, compare } = useSpeech()
  const { asOf } = useVault()
  const [words, setWords] = useState('')
  const { folder, group } = params
  const all = useMemo(() => shownPlaces(table.places, asOf, collectionSet(folder)), [table, asOf, folder])
  const groups = useMemo(
    () => [...new Set(all.flatMap(({ doc }) => table.rows[doc]?.groups ?? []))].sort(compare),
    [all, table, compare],
  )
  const shown = useMemo(() => {
    const wanted = fold(words).split(/\s+/).filter(Boolean)
    const fits = ({ doc }: ShownPlace): boolean => {
      const row = table.rows[doc]
      if (!row || (group !== undefined && !row.groups.includes(group))) return false
      const text = fold([row.name, row.organization, ...row.emails, ...row.phones].join(' '))
      return wanted.every((word) => text.includes(word))
    }
    // Those without a name stand last.
    const sortOf = ({ doc }: ShownPlace): string => table.rows[doc]?.sort || table.rows[doc]?.organization || '\uffff'
    return all.filter(fits).sort((a, b) => compare(sortOf(a), sortOf(b)))
  }, [all, table, group, words, compare])
  const doc = params['doc'] === undefined ? null : Number(params['doc'])
  const selected = shown.findIndex((one) => one.doc === doc)
  return (
    <div class={`panes two ${doc === null ? '' : 'at-detail'}`}>
      <section class="pane list" aria-label={t('contacts.list')}>
        <div class="pane-head">
          <h1>{t('nav.contacts')}</h1>
          <span class="faint number">{t('contacts.count', { n: shown.length })}</span>
        </div>
        <div class="list-tools wrap">
          <FindField label={t('contacts.find')} value={words} onFind={setWords} />
          <CollectionChoice
            service="contacts"
            label={t('contacts.books')}
            chosen={folder ?? ''}
            onChoose={(chosen) => goTo('contacts', { folder: chosen, group })}
          />
          {groups.length > 0 && (
            <Choice
              label={t('contacts.groups')}
              values={['', ...groups]}
              chosen={group ?? ''}
              wordOf={(name) => (name === '' ? t('contacts.everyone') : visibleName(name))}
              onChoose={(name) => goTo('contacts', { folder, group: name })}
            />
          )}
        </div>
        {shown.length === 0 ? (
          <Empty icon="contacts" title={t('contacts.nobody')} />
        ) : (
          <VirtualList
            rows={shown}
            label={t('contacts.list')}
            height={62}
            selected={selected}
            onSelect={(one) => goTo('contacts', { folder, group, doc: one.doc }, doc === null ? 'push' : 'replace')}
          >
            {({ doc: id, isRemoved }) => <ContactLine row={table.rows[id]} isRemoved={isRemoved} />}
          </VirtualList>
        )}
      </section>
      <section class="pane detail" aria-label={t('contacts.card')}>
        {doc === null ? (
          <Empty icon="contacts" title={t('contacts.choose')} />
        ) : (
          <>
            <p class="back">
              <a class="button quiet" href={routeHref('contacts', { folder, group })}>
                <Icon name="back" />
                {t('action.back')}
              </a>
            </p>
            <Card key={doc} table={table} doc={doc} />
          </>
        )}
      </section>
    </div>
  )
}

function ContactLine({ row, isRemoved }: { readonly row: ContactRow | undefined; readonly isRemoved: boolean }) {
  const { t } = useSpeech()
  const known = row?.name || row?.organization || row?.emails[0] || row?.phones[0]
  const name = known || t('contacts.unnamed')
  return (
    <div class={`contact-line ${isRemoved ? 'removed' : ''}`}>
      <Avatar name={known || '?'} />
      <span class="ellipsis">
        <b>
          <Name text={name} />
        </b>
        <span class="faint ellipsis">
          <Name text={row?.emails[0] ?? row?.phones[0] ?? row?.organization ?? ''} />
        </span>
      </span>
      {row?.isGroup && <span class="chip">{t('contacts.group')}</span>}
      {isRemoved && <span class="chip warn">{t('removed')}</span>}
    </div>
  )
}

function Card({ table, doc }: { readonly table: Table<ContactRow>; readonly doc: number }) {
  const { t, date } = useSpeech()
  const { library, asOf } = useVault()
  const row = table.rows[doc]
  const detail = useLater(() => library.text<ContactDetail>('contacts', doc), [library, doc])
  const photo = usePhoto(doc, row?.photo ?? '')
  if (detail.state === 'loading') return <Loading />
  if (detail.state === 'failed' || !detail.value || !row) return <Unreadable />
  const { fields, source } = detail.value
  const name = row.name || row.organization || t('contacts.unnamed')
  const places = table.places.ofDoc(doc)
  const removedRun = places.some((place) => table.places.isThere(place, asOf))
    ? null
    : table.places.removedRun[places.at(-1) ?? -1]
  const removedAt = removedRun == null ? undefined : library.overview.runs[removedRun]?.id
  return (
    <article class="message contact-card">
      <header class="contact-head">
        <Avatar name={name} photo={photo} />
        <div>
          <h2>
            <Name text={name} />
          </h2>
          {row.organization && row.organization !== name && (
            <p class="soft">
              <Name text={row.organization} />
            </p>
          )}
          <p class="row chips">
            {row.groups.map((group) => (
              <span key={group} class="chip accent">
                <Name text={group} />
              </span>
            ))}
            {removedAt && <span class="chip warn">{t('removed.on', { date: date(runTime(removedAt)) })}</span>}
          </p>
        </div>
      </header>
      <div class="row">
        <button type="button" class="button" onClick={() => saveFile(`${name}.vcf`, [source], 'text/vcard')}>
          <Icon name="save" />
          {t('contacts.save')}
        </button>
        <CopyButton text={cardText(fields)} />
      </div>
      <dl class="facts">
        {fields
          .filter((field) => !dull.has(field.name) && field.value.some((part) => part !== ''))
          .map((field, at) => (
            <Field key={at} field={field} />
          ))}
      </dl>
      <details class="links">
        <summary>{t('contacts.source')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre class="source" tabIndex={0}>
          {visibleLines(source)}
        </pre>
      </details>
    </article>
  )
}

/** Bookkeeping of programs; the source shows it. */
const dull = new Set(['BEGIN', 'END', 'VERSION', 'PRODID', 'UID', 'REV', 'PHOTO', 'N', 'FN', 'LOGO', 'SOUND', 'KIND'])

function Field({ field }: { readonly field: ContactField }) {
  const { t, format } = useSpeech()
  const kind = [field.label, ...field.types.filter((type) => type !== 'pref')].filter(Boolean).map((type) => typeWord(type, t))
  const words = fieldWord(field.name, t)
  const joined = field.value.join(field.name === 'ADR' ? '\n' : ' ')
  const listed = field.name === 'CATEGORIES' ? joined.replaceAll(/\s*,\s*/g, ', ') : joined
  const value = days.has(field.name) ? dayWords(listed, format) : listed
  return (
    <>
      <dt>
        <Name text={words} />
        {kind.length > 0 && (
          <small>
            {' '}
            <Name text={kind.join(', ')} />
          </small>
        )}
      </dt>
      <dd>
        <PlainText text={value} />
        {copied.has(field.name) && <CopyButton text={value} label={`${t('action.copy')}: ${words}`} look="link" />}
      </dd>
    </>
  )
}

const days = new Set(['BDAY', 'ANNIVERSARY', 'X-ANNIVERSARY', 'DEATHDATE', 'X-ABDATE'])

/** A day as people write it, as far as it is known; what is none stays as it is. */
function dayWords(value: string, format: ReturnType<typeof useSpeech>['format']): string {
  const { year, month, day } = dateOfValue(value) ?? { year: 0, month: 0, day: 0 }
  if (month === 0 || month > 12 || day > 31) return value
  const ms = new Date(0).setUTCFullYear(year || 2000, month - 1, day || 1)
  const parts: Intl.DateTimeFormatOptions = { month: 'long', timeZone: 'UTC' }
  return format(ms, { ...parts, ...(year === 0 ? {} : { year: 'numeric' }), ...(day === 0 ? {} : { day: 'numeric' }) })
}

/** What people want to paste elsewhere. */
const copied = new Set(['TEL', 'EMAIL', 'ADR', 'IMPP'])

type Words = ReturnType<typeof useSpeech>['t']

const fieldKeys: Readonly<Record<string, MessageKey>> = {
  TEL: 'field.tel',
  EMAIL: 'field.email',
  ADR: 'field.adr',
  URL: 'field.url',
  BDAY: 'field.bday',
  ANNIVERSARY: 'field.anniversary',
  ORG: 'field.org',
  TITLE: 'field.title',
  ROLE: 'field.role',
  NOTE: 'field.note',
  NICKNAME: 'field.nickname',
  CATEGORIES: 'field.categories',
  IMPP: 'field.impp',
  RELATED: 'field.related',
  MEMBER: 'field.member',
  GEO: 'field.geo',
  TZ: 'field.tz',
  GENDER: 'field.gender',
  LANG: 'field.lang',
}

function fieldWord(name: string, t: Words): string {
  const key = fieldKeys[name]
  return key
    ? t(key)
    : name
        .replace(/^X-(?:AB)?/, '')
        .replaceAll('-', ' ')
        .toLowerCase()
}

const typeKeys: Readonly<Record<string, MessageKey>> = {
  home: 'type.home',
  work: 'type.work',
  cell: 'type.cell',
  fax: 'type.fax',
  other: 'type.other',
}

function typeWord(type: string, t: Words): string {
  const key = typeKeys[type]
  return key ? t(key) : type
}

function cardText(fields: readonly ContactField[]): string {
  return fields
    .filter(({ name }) => name === 'FN' || !dull.has(name))
    .map(({ name, value }) => (name === 'FN' ? value.join(' ') : `${name}: ${value.join(' ')}`))
    .join('\n')
}

/** A blob address of the card's photo, or null. */
function usePhoto(doc: number, type: string): string | null {
  const { library } = useVault()
  const known = pictureType(type)
  const octets = arrived(
    useLater(async () => (known ? ((await library.images('contacts', doc))[0] ?? null) : null), [library, doc, known]),
  )
  const address = useMemo(
    () => (octets && known ? URL.createObjectURL(new Blob([octets], { type: known })) : null),
    [octets, known],
  )
  useEffect(() => () => void (address && URL.revokeObjectURL(address)), [address])
  return address
}
