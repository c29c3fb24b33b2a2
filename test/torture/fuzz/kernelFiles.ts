/** ELF and CTF: every file is read or refused with an error of ctf/. */
import { forms, kernelImage } from '../../ctf/kernelImage.js';
import { exercise } from '../../ctf/exercise.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

export const kernelFileTarget: Target = {
  name: 'ELF and CTF files',
  share: 200_000,
  async run(seed, cases) {
    const counts = { read: 0, refused: 0 };
    await check(
      'a kernel file',
      mutated(forms.map((form) => kernelImage(form))),
      (bytes) => {
        counts[exercise(bytes)]++;
      },
      seed,
      cases,
    );
    return { cases, counts };
  },
};
