# The private services: nginx with two sites, and the one resolver that knows their names. Sourced
# by scripts/demo.

make_certificates() {
  local tls="$directory/tls"
  mkdir -p "$tls"
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -subj "/CN=Private CA of the outhaul demo" -addext "basicConstraints=critical,CA:TRUE" \
      -addext "keyUsage=critical,keyCertSign,cRLSign" \
      -keyout "$tls/ca.key" -out "$tls/ca.pem" &&
      openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=internal-host.com" -keyout "$tls/site.key" -out "$tls/site.csr" &&
      openssl x509 -req -in "$tls/site.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" \
        -CAcreateserial -days 2 -out "$tls/site.pem" -extfile - <<'EXTENSIONS'
basicConstraints=CA:FALSE
keyUsage=digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:internal-host.com
EXTENSIONS
  } >"$(log_of openssl)" 2>&1 || {
    problem="openssl cannot make the private CA; see $(log_of openssl)"
    return 1
  }
}

write_nginx_configuration() {
  local user="" home="$directory/nginx"
  # The workers must read the demo's directory, which is its user's alone.
  if [[ $EUID -eq 0 ]]; then user="user root;"; fi
  mkdir -p "$home"
  cat >"$home/nginx.conf" <<NGINX
$user
daemon off;
worker_processes 1;
pid $home/nginx.pid;
error_log stderr info;
events { worker_connections 256; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path $home/body;
  proxy_temp_path $home/proxy;
  fastcgi_temp_path $home/fastcgi;
  uwsgi_temp_path $home/uwsgi;
  scgi_temp_path $home/scgi;
  server {
    listen $web_address:$web_port;
    listen $web_address:$web_tls_port ssl;
    ssl_certificate $directory/tls/site.pem;
    ssl_certificate_key $directory/tls/site.key;
    location / {
      return 200 "Hello from \$server_addr: \$request_method \$scheme://\$host\$uri\n";
    }
  }
  server {
    listen $payroll_address:$payroll_port;
    location / { return 200 "Everybody's salary\n"; }
  }
}
NGINX
}

open_services() {
  make_certificates || return
  write_nginx_configuration
  start nginx "${inside[@]}" nginx -p "$directory/nginx" -e stderr -c "$directory/nginx/nginx.conf"
  start dnsmasq "${inside[@]}" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv \
    --no-hosts --bind-interfaces "--listen-address=$dns_address" "--port=$dns_port" \
    "--local=/#/" "--host-record=internal-host.com,$web_address" \
    "--host-record=payroll.internal,$payroll_address" --log-queries
  wait_until 10 nginx "nginx accepts connections" \
    accepts "$web_address" "$web_tls_port" "${inside[@]}" || return
  wait_until 10 dnsmasq "dnsmasq knows internal-host.com" knows_name || return
  note "http://$web_address:$web_port  https://$web_address:$web_tls_port  dns $dns_address:$dns_port"
}

knows_name() {
  [[ $("${inside[@]}" dig +time=1 +tries=1 +short "@$dns_address" -p "$dns_port" \
    internal-host.com 2>/dev/null) == "$web_address" ]]
}
