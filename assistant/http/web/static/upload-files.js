// Files out of an input or a drop, folders included, each with where it lay in the folder.
const JUNK = /^(\.|~\$|thumbs\.db$|desktop\.ini$)/i;

function sift(found) {
  const files = found.filter(({ file, folder }) => ![file.name, ...folder.split("/")].some((part) => JUNK.test(part)));
  return { files, skipped: found.length - files.length };
}

const folderOf = (path) => path.split("/").slice(0, -1).join("/");

export function picked(list) {
  return sift([...list].map((file) => ({ file, folder: folderOf(file.webkitRelativePath ?? "") })));
}

export async function dropped(transfer) {
  // Both must be read before the first await: afterwards the browser has emptied the transfer.
  const plain = [...transfer.files];
  const tops = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!tops.length || tops.includes(null)) return sift(plain.map((file) => ({ file, folder: "" })));
  const found = [];
  for (const top of tops) await walk(top, found);
  return sift(found);
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done) => entry.file(done, () => done(null)));
    if (file) found.push({ file, folder: folderOf(entry.fullPath.replace(/^\//, "")) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done) => reader.readEntries(done, () => done([]))); // a hundred at a time
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}
