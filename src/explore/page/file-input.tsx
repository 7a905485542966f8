import { useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

/**
 * The bytes of a file that was chosen.
 * @throws Error that names it, where it has changed or is gone since
 */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error(
      `${file.name}: it cannot be read: if it has changed since it was chosen, choose it again`,
    );
  }
}

export interface FileInputProps {
  accept: string;
  onFile(file: File | undefined): void;
  input?: RefObject<HTMLInputElement | null>;
}

/** Where one file is chosen; also the same one anew, which may have changed. */
export function FileInput({ accept, onFile, input }: FileInputProps) {
  const known = useRef<File>(undefined);
  const take = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const file = currentTarget.files?.[0];
    if (file === known.current) return;
    known.current = file;
    onFile(file);
  };
  // What a browser calls cancelled when the same file was chosen again.
  return <input ref={input} type="file" accept={accept} onChange={take} onCancel={take} />;
}
