/** How a message is taken apart, by the writer and by the page: its attachments are known by their position. */
export const mimeOptions = { forceRfc822Attachments: true } as const
