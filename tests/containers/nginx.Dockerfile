# What docker-compose.yml uses of the image of nginx, made of Debian's packages: templates filled in at the start.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gettext-base nginx-light \
    && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/default \
    && ln -sf /dev/stdout /var/log/nginx/access.log \
    && ln -sf /dev/stderr /var/log/nginx/error.log
COPY --chmod=0755 nginx-entrypoint /usr/local/bin/
ENTRYPOINT ["nginx-entrypoint"]
