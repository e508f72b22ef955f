find . -mindepth 1 | LC_ALL=C sort | while IFS= read -r f; do
  s=$(stat -c '%F %a %u:%g' -- "$f" | sed 's/regular empty file/regular file/'); l=
  if [ -L "$f" ]; then l=" -> $(readlink -- "$f")"; s=${s% *}
  elif [ -f "$f" ]; then l=" $(sha1sum <"$f" | cut -c1-12)"; fi
  printf '%s %s%s\n' "$f" "$s" "$l"
done
