import { Icon } from './icon.tsx'

export interface MenuButtonProps {
  readonly label: string
  readonly isOpen: boolean
  readonly onOpen: () => void
}

/** On narrow screens, where the navigation is hidden until it is asked for; also in the app. */
export function MenuButton({ label, isOpen, onOpen }: MenuButtonProps) {
  return (
    <button type="button" class="button quiet icon-only menu" aria-label={label} aria-expanded={isOpen} onClick={onOpen}>
      <Icon name="menu" />
    </button>
  )
}
