# The system user of the service, by whatever the system has. Needs $user, $home and $program.
if ! getent passwd "$user" >/dev/null 2>&1; then
  if command -v systemd-sysusers >/dev/null 2>&1; then
    systemd-sysusers "/usr/lib/sysusers.d/$program.conf"
  elif command -v useradd >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$home" --no-create-home \
      --shell /usr/sbin/nologin --comment "$program" "$user"
  else
    echo "$program: make the system user $user, there is neither systemd-sysusers nor useradd" >&2
  fi
fi
