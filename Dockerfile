# syntax=docker/dockerfile:1
# One image for GPU and CPU: PyTorch's CUDA build runs on both.
ARG PYTHON=3.11-slim-bookworm

# Dependencies in a layer of their own: it changes with the requirements, not with the code.
FROM python:${PYTHON} AS dependencies
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt constraints.txt ./
RUN /opt/venv/bin/pip install --constraint constraints.txt --requirement requirements.txt "streamlit>=1.51" "matplotlib>=3.9"

FROM python:${PYTHON} AS studio
# OpenCV's wheel links against these.
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
USER studio
VOLUME ["/cache", "/results"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
