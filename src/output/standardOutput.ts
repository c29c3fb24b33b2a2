/** Takes what a command says, as one line or more. */
export type Print = (text: string) => void;

export const printLine: Print = (text) => {
  console.log(text);
};

/** Resolves when it was taken; rejects where nobody reads it any more. */
export function writeOut(chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
