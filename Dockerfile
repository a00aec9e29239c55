# Two stages: the first builds the wheel, the second holds only what runs. No secret is needed to build, none is kept:
# tokens are given at start, through the environment.
FROM python:3.13-slim AS wheel
WORKDIR /src
COPY requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml LICENSE LICENSE-CONTENT.md ./
COPY bot bot
COPY flows flows
COPY knowledge knowledge
COPY locales locales
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index --wheel-dir /wheels .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin repere
COPY requirements/run.txt /tmp/run.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/run.txt && rm /tmp/run.txt
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REPERE_WEB_HOST=0.0.0.0 \
    REPERE_WEB_PORT=8080
USER 10001
WORKDIR /
# A content that breaks a promise makes no image.
RUN repere check

EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['REPERE_WEB_PORT']}/\", timeout=4).close()"]
ENTRYPOINT ["repere"]
CMD ["serve"]
