"""From an executed notebook to HTML, PDF, workbook and slides, checked before they are kept."""
