/** What is seen of a text: neither white space nor control characters nor characters without a width. */
const seen = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]+/gu;

/** A text without what is not seen of it. */
export const seenOf = (text: string) => (text.match(seen) ?? []).join('');

/** Whether nothing of a text is seen. */
export const isBlank = (text: string) => text.search(seen) < 0;
