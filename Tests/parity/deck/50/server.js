const app = require('express')()

app.get('/', (request, response) => response.send('Hello from express\n'))
app.listen(8080)
