# syntax=docker/dockerfile:1
# One image for GPU and CPU: PyTorch's CUDA build runs on both.
# `scripts/check_container.sh` performs these steps without Docker.
ARG PYTHON=3.11-slim-bookworm

# Dependencies in a layer of their own: it changes with the requirements, not with the code.
FROM python:${PYTHON} AS dependencies
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements.txt constraints.txt ./
# The last two are the "studio" extra of setup.py, which is code and so not in this layer. The cache stays on the
# building machine: after a change of requirements only what changed is fetched.
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/pip install --disable-pip-version-check --constraint constraints.txt --requirement requirements.txt \
    "matplotlib>=3.9" "streamlit>=1.53"

FROM python:${PYTHON} AS studio
# OpenCV's wheel links against the two libraries. A volume begins with the owner that its folder has here.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1=1.* libglib2.0-0=2.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 studio \
    && mkdir -p /cache /results \
    && chown studio /cache /results
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RESTORATION_STUDIO_CACHE_DIR=/cache
# The user "studio", as a number, which a host can check without reading the image.
USER 10001
VOLUME ["/cache", "/results"]
EXPOSE 8501
# http.client and not urllib: a proxy set for the container must not be asked for its own address.
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8501, timeout=4); c.request('GET', '/_stcore/health'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
